package views

import (
	"fmt"
	"strconv"
	"strings"

	"kconsole/avro/registry"
	"kconsole/kafka/poll"
	"kconsole/kafka/replay"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// cart shows the records that are to be sent again.
func cart() *resource.Spec[*replay.Item] {
	type item = *replay.Item
	return &resource.Spec[item]{
		Name: "cart", Aliases: []string{"replay"}, Title: "Replay cart", Doc: "Records that are to be sent again: edit them, see what would happen, send them elsewhere.",
		Scope: poll.Topics,
		Rows: func(st page.State, _ page.Target) resource.Result[item] {
			return resource.Result[item]{Rows: st.Cart.Items(), At: st.Now}
		},
		ID: func(i item) string { return strconv.Itoa(i.ID) },
		Text: func(i item) string {
			key, value := i.Shown()
			return i.Cluster + " " + i.Place() + " " + key + " " + value
		},
		Fault: itemLevel,
		Empty: "The cart is empty. In a tail (l on a topic) mark records with space, and put them here with r.",
		Columns: []resource.Column[item]{
			{
				Column: grid.Column{Title: "NO", Right: true}, Help: "Its number in the cart; records are sent in this order.",
				Cell: func(i item) grid.Cell { return exact(int64(i.ID)) }, Sort: func(i item) float64 { return float64(i.ID) },
			},
			{Column: grid.Column{Title: "CONTEXT", Max: 12, Drop: 4}, Help: "The cluster that it was read from.", Cell: func(i item) grid.Cell { return at(theme.Muted, i.Cluster) }},
			{Column: grid.Column{Title: "FROM", Min: 20, Max: 40}, Help: "Topic, partition and offset that it was read from.", Cell: func(i item) grid.Cell { return cell(i.Place()) }},
			{Column: grid.Column{Title: "KEY", Min: 6, Max: 20, Drop: 1}, Help: "Its key as it would be sent; what masking rules hide is hidden, and sent whole.", Cell: func(i item) grid.Cell {
				key, _ := i.Shown()
				return cell(key)
			}},
			{Column: grid.Column{Title: "VALUE", Min: 12}, Help: "Its value as it would be sent; what masking rules hide is hidden, and sent whole.", Cell: func(i item) grid.Cell {
				_, value := i.Shown()
				return cell(value)
			}},
			{
				Column: grid.Column{Title: "SIZE", Right: true, Drop: 3}, Help: "Bytes of key, value and headers.",
				Cell: func(i item) grid.Cell { return size(i.Size()) }, Sort: func(i item) float64 { return float64(i.Size()) },
			},
			{Column: grid.Column{Title: "STATE", Min: 24, Max: 40}, Help: "as read: byte for byte; edited; sent, to where; or why not.", Cell: func(i item) grid.Cell { return at(itemLevel(i), itemState(i)) }},
		},
		Actions: []resource.Action[item]{
			{
				Key: "enter", Label: "open", Help: "Show the record whole, as it would be sent.",
				Do: func(h page.Host, _ page.Target, rows []item) { h.Show("Record "+rows[0].Place(), itemLines(rows[0])) },
			},
			{
				Key: "s", Label: "send", Help: "Show what sending would do (a dry run), and send: all records, or the marked ones, to their topics or elsewhere.", Danger: true,
				Do:      func(h page.Host, _ page.Target, rows []item) { sendCart(h, rows) },
				Command: func(_ page.Target, i item) string { return itemCommand(i) },
			},
			{
				Key: "e", Label: "edit", Help: "Change key, value, headers or partition, or make it a tombstone. What is not changed stays byte for byte.",
				Disabled: func(_ page.Host, i item) string {
					if err := i.Editable(); err != nil {
						return err.Error()
					}
					return ""
				},
				Do: func(h page.Host, _ page.Target, rows []item) { editItem(h, rows[0]) },
			},
			{
				Key: "u", Label: "as read", Help: "Take back what was edited.",
				Disabled: func(_ page.Host, i item) string {
					if i.Edit == nil {
						return "it was not edited"
					}
					return ""
				},
				Do: func(h page.Host, _ page.Target, rows []item) {
					for _, i := range rows {
						h.Fail(h.State().Cart.Change(i.ID, nil))
					}
					h.Refresh()
				},
			},
			{
				Key: "ctrl-d", Label: "remove", Help: "Take the record, or all marked ones, out of the cart. Nothing changes on a cluster.",
				Do: func(h page.Host, _ page.Target, rows []item) {
					for _, i := range rows {
						h.State().Cart.Remove(i.ID)
					}
					h.Say(theme.Fine, units.Plural(len(rows), "record")+" taken out of the cart")
					h.Refresh()
				},
			},
		},
	}
}

func itemLevel(i *replay.Item) theme.Level {
	switch {
	case i.Result != nil && i.Result.Err != nil:
		return theme.Act
	case i.Result != nil:
		return theme.Fine
	case i.Edit != nil:
		return theme.Watch
	default:
		return theme.Muted
	}
}

func itemState(i *replay.Item) string {
	switch r := i.Result; {
	case r != nil && r.Err != nil:
		return "failed: " + r.Err.Error()
	case r != nil:
		return "sent: " + sentTo(*r)
	case i.Edit != nil && i.Tombstone() && i.Original.Value != nil:
		return "edited: tombstone"
	case i.Edit != nil:
		return "edited"
	case i.Masked:
		return "as read, masked"
	default:
		return "as read"
	}
}

func sentTo(r replay.Result) string { return fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.Offset) }

// maxItemLines bounds how much of a value is shown.
const maxItemLines = 2000

// itemLines are a record whole, as far as it may be shown.
func itemLines(i *replay.Item) []string {
	key, value, headers, partition := i.Now()
	shownKey, shownValue := i.Shown()
	out := []string{
		"from       " + i.Place() + " of " + i.Cluster, "time       " + i.Original.Timestamp.UTC().Format("2006-01-02 15:04:05.000 UTC"),
		"state      " + itemState(i),
	}
	if partition >= 0 {
		out = append(out, fmt.Sprintf("partition  %d", partition))
	}
	out = append(out, fmt.Sprintf("key        %s (%s)", shownKey, units.Bytes(int64(len(key)))))
	for n, h := range headers {
		label := "           "
		if n == 0 {
			label = "headers    "
		}
		text := "null"
		switch {
		case i.Masked:
			text = "(not shown: masking rules are in force)"
		case h.Value != nil:
			text = string(h.Value)
		}
		out = append(out, label+h.Key+" = "+text)
	}
	out = append(out, "value      "+units.Bytes(int64(len(value))))
	if i.SchemaID > 0 && value != nil {
		out = append(out, fmt.Sprintf("schema     id %d", i.SchemaID))
	}
	body := shownValue
	switch {
	case i.Edit != nil && value != nil:
		body = string(i.Edit.ValueText)
	case !i.Masked && value != nil && i.Text != nil:
		body = string(i.Text)
	}
	out = append(out, "")
	lines := strings.Split(indent(body), "\n")
	if len(lines) > maxItemLines {
		lines = append(lines[:maxItemLines:maxItemLines], fmt.Sprintf("… %d more lines", len(lines)-maxItemLines))
	}
	return append(out, lines...)
}

// itemCommand writes the record again as it was read.
func itemCommand(i *replay.Item) string {
	words := []string{"produce", i.Original.Topic}
	if i.Schema != nil {
		if use, ok := i.Schema.UseFor(registry.TopicName.Subject(i.Original.Topic, "", false)); ok {
			words = append(words, "--schema", atVersion(use.Subject, use.Version))
		}
	}
	return command("tail", i.Original.Topic, "--cluster", i.Cluster, "-p", strconv.Itoa(int(i.Original.Partition)), "--from", fmt.Sprintf("offset:%d", i.Original.Offset), "-n", "1", "-o", "jsonl") +
		" | " + command(words...)
}
