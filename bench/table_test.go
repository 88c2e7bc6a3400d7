package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
	"github.com/twmb/franz-go/pkg/kgo"
)

// bareTable is the role of the least that a screen with a table can be: tview's
// own, with a line to type a command into. With a topic it shows the topic's
// newest records, 40 times a second; else 10,000 rows of nine columns.
func bareTable(ctx context.Context, args []string) error {
	app := tview.NewApplication()
	table := tview.NewTable().SetSelectable(true, false).SetFixed(1, 0)
	line := tview.NewInputField().SetLabel(":")
	root := tview.NewFlex().SetDirection(tview.FlexRow).AddItem(table, 0, 1, true).AddItem(line, 1, 0, false)
	app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		if ev.Rune() == ':' {
			app.SetFocus(line)
			return nil
		}
		return ev
	})
	app.SetRoot(root, true)
	if len(args) < 2 {
		for row := range 10_000 {
			table.SetCell(row, 0, tview.NewTableCell(fmt.Sprintf("row %05d of the bare table", row)))
			for column := 1; column < 9; column++ {
				table.SetCell(row, column, tview.NewTableCell(strconv.Itoa(row*column)).SetAlign(tview.AlignRight))
			}
		}
		return app.Run()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(args[0], ",")...), kgo.ConsumeTopics(args[1]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	var mu sync.Mutex
	newest := make([]*kgo.Record, 0, terminalHeight)
	go func() {
		for {
			fetches := client.PollFetches(ctx)
			if fetches.IsClientClosed() {
				return
			}
			mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) {
				if len(newest) == cap(newest) {
					copy(newest, newest[1:])
					newest = newest[:len(newest)-1]
				}
				newest = append(newest, r)
			})
			mu.Unlock()
		}
	}()
	go func() {
		for range time.Tick(25 * time.Millisecond) {
			app.QueueUpdateDraw(func() {
				mu.Lock()
				defer mu.Unlock()
				for i, r := range newest {
					table.SetCell(i, 0, tview.NewTableCell(r.Timestamp.Format(time.TimeOnly)))
					table.SetCell(i, 1, tview.NewTableCell(strconv.Itoa(int(r.Partition))))
					table.SetCell(i, 2, tview.NewTableCell(strconv.FormatInt(r.Offset, 10)))
					table.SetCell(i, 3, tview.NewTableCell(string(r.Key)))
					table.SetCell(i, 4, tview.NewTableCell(tview.Escape(string(r.Value))))
				}
			})
		}
	}()
	return app.Run()
}
