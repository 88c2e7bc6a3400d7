package cmd

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// reassigning is what `kconsole reassign` is asked for.
type reassigning struct {
	replicas, brokers, file string
	factor                  int
	cancel, wait, lift      bool
	throttle                int64

	list  []parts
	ids   []int32
	moves map[kafka.TopicPartition][]int32
	bound *kafka.Plan // of the throttle
}

func (a *app) reassignCmd() *cobra.Command {
	var r reassigning
	return a.changeCmd(changing{
		use: "reassign [TOPIC[:PARTITIONS]...]", short: "Move the replicas of partitions to other brokers", args: cobra.ArbitraryArgs,
		long: `Moves partitions: to --replicas, the first of which is the preferred leader; spread
evenly over --brokers; or as --file says, in the format of Kafka's own tool. What is
there stays where it can. --factor changes how many replicas there are.

The data is copied in the background: --wait shows how far it is, and so does
kconsole get reassignments. --cancel goes back to the replicas as they were.`,
		example: `  kconsole reassign orders:0 --replicas 2,3,1
  kconsole reassign orders --brokers 1,2,3,4 --throttle 10485760 --wait
  kconsole reassign orders --brokers 1,2,3 --factor 2
  kconsole reassign orders --cancel`,
		complete: ofTopics,
		flags: func(cmd *cobra.Command) {
			flags := cmd.Flags()
			flags.StringVar(&r.replicas, "replicas", "", "the `brokers` of each partition, as 1,2,3")
			flags.StringVar(&r.brokers, "brokers", "", "spread over these `brokers`, as 1,2,3")
			flags.IntVar(&r.factor, "factor", 0, "with --brokers: replicas of each partition (default: as now)")
			flags.StringVar(&r.file, "file", "", "what goes where, as JSON of kafka-reassign-partitions; - is the standard input")
			flags.BoolVar(&r.cancel, "cancel", false, "cancel what is in progress")
			flags.BoolVar(&r.lift, "lift-throttle", false, "lift the bound that --throttle set")
			flags.Int64Var(&r.throttle, "throttle", 0, "copy at most so many `bytes` a second on each broker")
			flags.BoolVar(&r.wait, "wait", false, "wait until it is done, and then lift the bound")
			cmd.MarkFlagsMutuallyExclusive("replicas", "brokers", "file", "cancel", "lift-throttle")
			cmd.MarkFlagsOneRequired("replicas", "brokers", "file", "cancel", "lift-throttle")
		},
		check:  func(args []string) error { return r.check(a.stdin, args) },
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		plan:   r.plan,
		before: func(w *changer) error { return a.applyBound(w, &r) },
		after:  func(w *changer, failed error) error { return a.awaitMoves(w, &r, failed) },
	})
}

func (r *reassigning) check(in io.Reader, args []string) (err error) {
	if r.list, err = parseAllParts(args); err != nil {
		return err
	}
	if (r.file == "") == (len(args) == 0) {
		return usagef("name topics, as orders or orders:0,3, or give a --file")
	}
	if r.factor != 0 && (r.brokers == "" || r.factor < 0) {
		return usagef("--factor goes with --brokers, and is a number from 1")
	}
	switch {
	case r.replicas != "":
		r.ids, err = parseBrokers(r.replicas)
	case r.brokers != "":
		r.ids, err = parseBrokers(r.brokers)
	case r.file != "":
		r.moves, err = readMoves(in, r.file)
	}
	return err
}

// maxMoves bounds a file of moves, in bytes.
const maxMoves = 64 << 20

// readMoves reads the JSON of kafka-reassign-partitions.
func readMoves(in io.Reader, path string) (map[kafka.TopicPartition][]int32, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usagef("--file: %w", err)
		}
		defer f.Close()
		in = f
	}
	var plan struct {
		Partitions []struct {
			Topic     string  `json:"topic"`
			Partition int32   `json:"partition"`
			Replicas  []int32 `json:"replicas"`
		} `json:"partitions"`
	}
	if err := json.NewDecoder(io.LimitReader(in, maxMoves)).Decode(&plan); err != nil {
		return nil, usagef("--file %s: %w", path, err)
	}
	moves := map[kafka.TopicPartition][]int32{}
	for _, p := range plan.Partitions {
		if p.Topic == "" || len(p.Replicas) == 0 {
			return nil, usagef("--file %s: each of partitions needs topic, partition and replicas", path)
		}
		moves[kafka.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p.Replicas
	}
	if len(moves) == 0 {
		return nil, usagef("--file %s: there are no partitions in it", path)
	}
	return moves, nil
}

func (r *reassigning) plan(w *changer) (*kafka.Plan, error) {
	if r.lift {
		return w.admin.ThrottleReplication(w.ctx, topicsOf(r.list), 0)
	}
	if err := r.choose(w); err != nil {
		return nil, err
	}
	p, err := w.admin.Reassign(w.ctx, r.moves)
	if err != nil {
		return nil, err
	}
	if r.cancel {
		p.Title = "cancel the reassignment of " + p.Title[len("move "):]
		if len(p.Changes) == 0 {
			p.Title = "cancel the reassignment of " + strings.Join(r.topics(), ", ") + ": none is in progress"
		}
		r.warnOfBound(w, p)
	}
	if r.throttle > 0 && !p.Empty() {
		if r.bound, err = w.admin.ThrottleReplication(w.ctx, r.topics(), r.throttle); err != nil {
			return nil, err
		}
		p.Changes = append(slices.Clone(r.bound.Changes), p.Changes...)
		if !r.wait {
			p.Warnings = append(p.Warnings, r.bound.Warnings...)
		}
	}
	return p, nil
}

// choose finds out where each partition goes.
func (r *reassigning) choose(w *changer) error {
	if r.moves != nil {
		return nil
	}
	list, err := w.expand(r.list)
	if err != nil {
		return err
	}
	r.moves = map[kafka.TopicPartition][]int32{}
	if r.brokers == "" {
		for _, tp := range list {
			r.moves[tp] = r.ids // nil with --cancel
		}
		return nil
	}
	topics, err := w.c.TopicMetadata(w.ctx, topicsOf(r.list)...)
	if err != nil {
		return err
	}
	for i := range topics {
		factor := r.factor
		if factor == 0 {
			factor = topics[i].ReplicationFactor()
		}
		spread, err := kafka.SpreadReplicas(topics[i], r.ids, factor)
		if err != nil {
			return err
		}
		for tp, ids := range spread {
			if slices.Contains(list, tp) {
				r.moves[tp] = ids
			}
		}
	}
	return nil
}

func (r *reassigning) topics() []string {
	var names []string
	for tp := range r.moves {
		if !slices.Contains(names, tp.Topic) {
			names = append(names, tp.Topic)
		}
	}
	slices.Sort(names)
	return names
}
