package lessons

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/exporter"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("11", map[string]labs.Behavior{
		"page":     {Check: lab11Page, Nudge: lab11PageNudge, Solve: lab11Export},
		"lag":      {Stage: lab11Orders, Question: lab11HowFar, Nudge: lab11HowFarNudge},
		"target":   {Question: lab11Targets, Nudge: lab11TargetsNudge},
		"load":     {Stage: lab11LoadTopic, Check: lab11Loaded, Nudge: lab11LoadedNudge, Solve: lab11Load},
		"stopped":  {Stage: lab11Shop, Check: lab11Behind, Question: lab11WhenLost, Nudge: lab11BehindNudge, Solve: lab11StopBooking},
		"drain":    {Stage: lab11Rush, Check: lab11Drained, Nudge: lab11DrainedNudge, Solve: lab11Drain},
		"alert":    {Baseline: lab11Since, Check: lab11Alert, Nudge: lab11AlertNudge, Solve: lab11Ring},
		"incident": {Stage: lab11Incident, Check: lab11Mended, Question: lab11Cause, Nudge: lab11IncidentNudge, Solve: lab11Mend},
		"php":      {Stage: lab11LoadTopic, Check: lab11KeepsUp, Nudge: lab11KeepsUpNudge, Solve: lab11KeepUp},
	})
}

// Where a page of the exporter is looked for: its own port, and some more for those
// who use that for something else.
const (
	lab11FirstPort = 9308
	lab11LastPort  = 9318
)

func lab11Pages() (addresses []string) {
	for port := lab11FirstPort; port <= lab11LastPort; port++ {
		addresses = append(addresses, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	return addresses
}

// lab11Brokers are the addresses of the brokers as a page gives them.
func lab11Brokers(ctx context.Context, env *labs.Env, page string) (out []string, err error) {
	samples, err := check.Scrape(ctx, env, "http://"+page+"/metrics", "kafka_broker_info")
	for _, s := range samples {
		out = append(out, s.Labels["address"])
	}
	slices.Sort(out)
	return out, err
}

// lab11Found looks for a page about this cluster, and counts those about others.
func lab11Found(ctx context.Context, env *labs.Env) (page string, others int, err error) {
	info, _, err := env.Cluster.Metadata(ctx)
	if err != nil {
		return "", 0, err
	}
	var want []string
	for i := range info.Brokers {
		if b := &info.Brokers[i]; b.Up {
			want = append(want, net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port))))
		}
	}
	slices.Sort(want)
	for _, address := range lab11Pages() {
		got, err := lab11Brokers(ctx, env, address)
		switch {
		case ctx.Err() != nil:
			return "", 0, ctx.Err()
		case err != nil: // nothing is there, or no page of metrics
		case slices.Equal(got, want):
			return address, others, nil
		default:
			others++
		}
	}
	return "", others, nil
}

func lab11Page(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := fmt.Sprintf("a page of metrics about this cluster at 127.0.0.1, port %d to %d", lab11FirstPort, lab11LastPort)
	page, others, err := lab11Found(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if page == "" {
		observed := "none"
		if others > 0 {
			observed = check.Count(int64(others), "page") + " about something else"
		}
		return labs.NotYet(want, observed, "start `kconsole exporter` in another terminal, and leave it running"), nil
	}
	up, err := check.Scrape(ctx, env, "http://"+page+"/metrics", "kconsole_exporter_up")
	if err != nil {
		return labs.Verdict{}, err
	}
	for _, s := range up {
		if s.Value != 1 {
			return labs.NotYet(want, fmt.Sprintf("http://%s/metrics says that it cannot read %s", page, s.Labels["read"]), "give it a moment, or look at /healthz there"), nil
		}
	}
	return labs.Done("http://%s/metrics knows the brokers of this cluster", page), nil
}

func lab11PageNudge(ctx context.Context, env *labs.Env) (string, error) {
	page, others, err := lab11Found(ctx, env)
	switch {
	case err != nil:
		return "", err
	case page != "":
		return "There is a page about this cluster: http://" + page + "/metrics.", nil
	case others > 0:
		return "There is a page, and the brokers that it names (kafka_broker_info) are not yours. Which configuration does that exporter read?", nil
	}
	return "Nothing answers there yet. An exporter is a program that goes on running: it needs a terminal of its own.", nil
}

// lab11Export runs the exporter in this process, for those who want to see it.
func lab11Export(ctx context.Context, env *labs.Env) error {
	page, _, err := lab11Found(ctx, env)
	if err != nil || page != "" {
		return err
	}
	ln, err := lab11Listen(ctx)
	if err != nil {
		return err
	}
	cl := env.Config()
	cl.ReadOnly = true
	c, err := kafka.Connect(cl)
	if err != nil {
		_ = ln.Close()
		return err
	}
	env.Say("kconsole exporter --listen %s", ln.Addr())
	_, err = env.Services.StartTask("exporter", "serves http://"+ln.Addr().String()+"/metrics", func(ctx context.Context) error {
		defer c.Close()
		return exporter.Run(ctx, c, ln, time.Second, exporter.Options{})
	})
	if err != nil {
		c.Close()
		_ = ln.Close()
	}
	return err
}

// lab11Listen takes the first of the ports that is free.
func lab11Listen(ctx context.Context) (ln net.Listener, err error) {
	var lc net.ListenConfig
	for _, address := range lab11Pages() {
		if ln, err = lc.Listen(ctx, "tcp", address); err == nil {
			return ln, nil
		}
	}
	return nil, fmt.Errorf("no port from %d to %d is free: %w", lab11FirstPort, lab11LastPort, err)
}

// lab11Partition is the partition that is asked about, another one in each run.
func lab11Partition(env *labs.Env) int32 { return int32(env.Nonce[0]) % 3 }

func lab11HowFar(ctx context.Context, env *labs.Env) (labs.Question, error) {
	g, ok, err := check.Group(ctx, env, env.Name("archive"))
	if err != nil {
		return labs.Question{}, err
	}
	partition, lag := lab11Partition(env), int64(-1)
	for i := range g.Offsets {
		if o := &g.Offsets[i]; o.Topic == env.Name("orders") && o.Partition == partition {
			lag = o.Lag()
		}
	}
	if !ok || lag < 0 {
		return labs.Question{}, fmt.Errorf("the group %s has no offset of partition %d any more: reset the lab", env.Name("archive"), partition)
	}
	prompt := fmt.Sprintf("What is the lag of %s on partition %d of %s?", env.Name("archive"), partition, env.Name("orders"))
	return check.Number(prompt, lag, 0, func(given int64, right bool) string {
		switch {
		case right:
			return "The end of the partition less the committed offset. Whoever asks gets the same figure: the page, the console and Kafka's own tool all take it from the brokers."
		case given == g.Lag():
			return fmt.Sprintf("%d is the lag of the group, all partitions together.", given)
		}
		return fmt.Sprintf("It is not %d. On the page, the series has three labels: consumergroup, topic and partition.", given)
	}), nil
}

func lab11HowFarNudge(ctx context.Context, env *labs.Env) (string, error) {
	lag, err := check.Lag(ctx, env, env.Name("archive"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("All partitions together it is %d: kafka_consumergroup_sum_lag on the page. One partition has a series of its own.", lag), nil
}

func lab11Targets(ctx context.Context, env *labs.Env) (labs.Question, error) {
	up, err := check.Query(ctx, env, "up == 1")
	if err != nil {
		return labs.Question{}, err
	}
	all, err := check.Query(ctx, env, "up")
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("How many targets are up?", int64(len(up)), 0, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("Prometheus knows %s, and got a page from %d of them at the last try.", check.Count(int64(len(all)), "target"), len(up))
		}
		return fmt.Sprintf("It is not %d: ask Prometheus for `sum(up)`, or look at Status, Targets.", given)
	}), nil
}

func lab11TargetsNudge(ctx context.Context, env *labs.Env) (string, error) {
	all, err := check.Query(ctx, env, "up")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("`up` has %s. A target that is down has the value 0.", check.Count(int64(len(all)), "sample")), nil
}
