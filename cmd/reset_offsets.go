package cmd

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/tail"
)

func (a *app) resetOffsetsCmd() *cobra.Command {
	var to, save string
	var of []string
	var target kafka.ResetTo
	var list []parts
	return a.changeCmd(changing{
		use: "reset-offsets GROUP", short: "Move a group's committed offsets", args: cobra.ExactArgs(1),
		long: `Moves the committed offsets of a group that has no members. --to is one of

  start, end       the log's start or end
  offset:N         one offset
  time:T           the first record of a time, as tail --from takes it
  ago:D            the first record of so long ago: 90s, 5m, 2h, 3d
  shift:N          N records on, or back: shift:-100
  group:NAME       where another group is
  file:FILE        what a file says, lines of topic,partition,offset

The offsets as they were are written to a file first, which --to file:FILE restores.`,
		example: `  kconsole reset-offsets billing --to start --topic orders
  kconsole reset-offsets billing --to ago:2h --topic orders:0,3 --dry-run
  kconsole reset-offsets billing --to file:billing.csv`,
		complete: once(ofGroups),
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&to, "to", "", "where to: start, end, offset:N, time:T, ago:D, shift:N, group:NAME or file:FILE")
			cmd.Flags().StringArrayVar(&of, "topic", nil, "only this `topic`, or TOPIC:0,3; may be repeated (default: all that the group has offsets for)")
			cmd.Flags().StringVar(&save, "save", "", "write the offsets as they were to this `file` (default: in the XDG state directory)")
		},
		check: func([]string) (err error) {
			if target, err = parseResetTo(to); err != nil {
				return err
			}
			list, err = parseAllParts(of)
			return err
		},
		rights: func(args []string) []access.Request {
			return append(access.On("READ", "GROUP", args...), access.On("READ", "TOPIC", topicsOf(list)...)...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			partitions := map[string][]int32{}
			for _, p := range list {
				if p.partitions != nil {
					partitions[p.topic] = append(partitions[p.topic], p.partitions...)
				}
			}
			p, err := w.admin.ResetOffsets(w.ctx, w.args[0], topicsOf(list), partitions, target)
			if err != nil {
				return nil, err
			}
			if len(p.Changes) == 0 && len(list) == 0 {
				return nil, &kafka.Error{
					What: "cannot reset the offsets of group " + w.args[0], Why: "it has none", Do: "name topics with --topic", Kind: kafka.NotFound,
				}
			}
			return p, nil
		},
		before: func(w *changer) error { return a.saveOffsets(w, save) },
	})
}

// parseResetTo reads --to.
func parseResetTo(text string) (kafka.ResetTo, error) {
	word, value, given := strings.Cut(text, ":")
	wrong := usagef("--to %q: use start, end, offset:N, time:T, ago:D, shift:N, group:NAME or file:FILE", text)
	if given == (word == "start" || word == "end") || given && value == "" {
		return kafka.ResetTo{}, wrong
	}
	switch word {
	case "start":
		return kafka.ResetTo{Kind: kafka.ResetStart}, nil
	case "end":
		return kafka.ResetTo{Kind: kafka.ResetEnd}, nil
	case "offset", "shift":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || word == "offset" && n < 0 {
			return kafka.ResetTo{}, usagef("--to %q: %q is no number of records", text, value)
		}
		if word == "shift" {
			return kafka.ResetTo{Kind: kafka.ResetShift, Offset: n}, nil
		}
		return kafka.ResetTo{Kind: kafka.ResetOffset, Offset: n}, nil
	case "time":
		at, err := tail.ParsePosition(text)
		if err != nil {
			return kafka.ResetTo{}, usagef("--to: %w", err)
		}
		return kafka.ResetTo{Kind: kafka.ResetTime, At: at.At}, nil
	case "ago", "since":
		at, err := tail.ParsePosition("since:" + value)
		if err != nil {
			return kafka.ResetTo{}, usagef("--to: %w", err)
		}
		return kafka.ResetTo{Kind: kafka.ResetDuration, Ago: at.Ago}, nil
	case "group":
		return kafka.ResetTo{Kind: kafka.ResetGroup, Group: value}, nil
	case "file":
		f, err := os.Open(value)
		if err != nil {
			return kafka.ResetTo{}, usagef("--to: %w", err)
		}
		defer f.Close()
		offsets, err := kafka.ReadOffsets(f)
		if err != nil {
			return kafka.ResetTo{}, usagef("--to %s: %w", value, err)
		}
		if len(offsets) == 0 {
			return kafka.ResetTo{}, usagef("--to %s: the file holds no offsets; it takes lines of topic,partition,offset", text)
		}
		return kafka.ResetTo{Kind: kafka.ResetFile, File: offsets}, nil
	}
	return kafka.ResetTo{}, wrong
}

// saveOffsets writes the restore file. A group without offsets has nothing to
// restore.
func (a *app) saveOffsets(w *changer, path string) error {
	g, err := w.c.Group(w.ctx, w.args[0])
	if err != nil && kafka.KindOf(err) != kafka.NotFound {
		return err
	}
	if len(g.Offsets) == 0 {
		return nil
	}
	if path == "" {
		path = filepath.Join(stateHome(), "kconsole", "offsets", url.PathEscape(g.ID)+"-"+time.Now().UTC().Format("20060102T150405.000")+".csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("nothing was changed: cannot write the restore file: %w", err)
	}
	err = kafka.WriteOffsets(f, g)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("nothing was changed: cannot write the restore file: %w", err)
	}
	fmt.Fprintf(a.err, "The offsets as they were: %s (kconsole reset-offsets %s --to file:%s restores them)\n", path, shellQuote(g.ID), shellQuote(path))
	return nil
}
