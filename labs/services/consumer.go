package services

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// Commit says when a consumer commits the offsets of what it polled.
type Commit string

// The ways to commit.
const (
	// CommitAfter commits when the records of a poll have been handled: at least
	// once, what was handled and not committed is repeated.
	CommitAfter Commit = "after"
	// CommitBefore commits as soon as records were polled: at most once, what
	// was not handled is lost.
	CommitBefore Commit = "before"
	// CommitNever commits nothing: each start is at the old offset.
	CommitNever Commit = "never"
)

// OnError says what happens to a record whose handler failed, after the retries.
type OnError string

// The ways to go on after an error.
const (
	// Halt ends the member; the record is not committed and comes again.
	Halt OnError = "halt"
	// Retry tries the record again until it works: nothing behind it on the
	// partition is handled meanwhile.
	Retry OnError = "retry"
	// Skip leaves the record out and commits it.
	Skip OnError = "skip"
	// DeadLetter writes the record to the dead-letter topic, with the error in
	// headers, and commits it.
	DeadLetter OnError = "dead-letter"
)

// Handler does the work for one record. An error means that it was not done;
// ctx ends when the member has to.
type Handler func(ctx context.Context, d *Delivery) error

// Consumer is a service that reads topics as a group. The zero value of a field
// is its default.
type Consumer struct {
	// Name names the service; its members' client ids are Name-1, Name-2, ...
	Name string
	// About says in a few words what it does.
	About string
	// Group is the consumer group; default: Name.
	Group string
	// Topics are what it reads.
	Topics []string
	// Members is how many clients share the group's partitions; default 1.
	Members int
	// Paused starts it paused: it joins its group and handles nothing until
	// [Service.Resume].
	Paused bool
	// Latest starts at the end where the group has no committed offset, as many
	// clients do by default; otherwise it starts at the start of the log.
	Latest bool
	// Handle does the work; nil: none, the record counts as handled.
	Handle Handler
	// Commit is when offsets are committed; default [CommitAfter].
	Commit Commit
	// OnError says what to do with a record that fails; default [DeadLetter]
	// where DeadLetterTopic is set, else [Halt].
	OnError OnError
	// Retries is how often a failed record is tried again before OnError.
	Retries int
	// RetryPause is the time between tries; default 250 ms.
	RetryPause time.Duration
	// DeadLetterTopic takes the records that failed.
	DeadLetterTopic string
	// Idempotent leaves out records whose ID was handled before.
	Idempotent bool
	// ID identifies the event for Idempotent; default: the header "id", else
	// where the record lies, as topic/partition@offset.
	ID func(d *Delivery) string
	// Seen remembers the handled IDs; default: memory that a restart of the
	// service survives, but not the end of the process.
	Seen Seen
	// MaxPollRecords is how many records one poll returns at most, and so how
	// many are handled between commits; default 50.
	MaxPollRecords int
	// MaxPollInterval is how long handling the records of a poll may take. A
	// member that takes longer leaves its group and joins again, as Java and
	// librdkafka clients do (max.poll.interval.ms). Default: no limit, as in
	// franz-go.
	MaxPollInterval time.Duration
	// SessionTimeout is when a member that is silent counts as gone; default
	// 6 s, the least that brokers accept as they come.
	SessionTimeout time.Duration
	// Cooperative moves only the partitions that have to move in a rebalance
	// (cooperative-sticky). Default: range, which members of librdkafka share.
	Cooperative bool
	// Client are further options of the client library.
	Client []kgo.Opt
}

const (
	defaultPollRecords = 50
	defaultSession     = 6 * time.Second
	defaultRetryPause  = 250 * time.Millisecond
	mostMembers        = 32
)

// complete fills in the defaults and refuses what cannot be meant.
func (c *Consumer) complete() error {
	refuse := func(why string) error {
		return &kafka.Error{What: "cannot start the service " + c.Name, Why: why, Kind: kafka.Invalid}
	}
	if c.Name == "" {
		return refuse("it has no name")
	}
	if len(c.Topics) == 0 {
		return refuse("it has no topics to read")
	}
	if c.Group == "" {
		c.Group = c.Name
	}
	if c.Members == 0 {
		c.Members = 1
	}
	if c.Commit == "" {
		c.Commit = CommitAfter
	}
	if c.OnError == "" {
		c.OnError = Halt
		if c.DeadLetterTopic != "" {
			c.OnError = DeadLetter
		}
	}
	if c.OnError == DeadLetter && c.DeadLetterTopic == "" {
		return refuse("there is no dead-letter topic for the records that fail")
	}
	if c.MaxPollRecords <= 0 {
		c.MaxPollRecords = defaultPollRecords
	}
	if c.RetryPause <= 0 {
		c.RetryPause = defaultRetryPause
	}
	if c.SessionTimeout <= 0 {
		c.SessionTimeout = defaultSession
	}
	if c.Members < 0 || c.Members > mostMembers {
		return refuse(fmt.Sprintf("%d members; from 1 to %d are possible", c.Members, mostMembers))
	}
	return nil
}

// client is what a member's client is made with.
func (c *Consumer) client(ctx context.Context, id string) []kgo.Opt {
	start := kgo.NewOffset().AtStart()
	if c.Latest {
		start = kgo.NewOffset().AtEnd()
	}
	balancers := []kgo.GroupBalancer{kgo.RangeBalancer(), kgo.RoundRobinBalancer()}
	if c.Cooperative {
		balancers = []kgo.GroupBalancer{kgo.CooperativeStickyBalancer()}
	}
	return append([]kgo.Opt{
		kgo.WithContext(ctx),
		kgo.ClientID(id),
		kgo.ConsumerGroup(c.Group),
		kgo.ConsumeTopics(c.Topics...),
		kgo.ConsumeResetOffset(start),
		kgo.Balancers(balancers...),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(c.SessionTimeout),
		kgo.HeartbeatInterval(min(c.SessionTimeout/6, 3*time.Second)),
		kgo.FetchMaxWait(250 * time.Millisecond),
		kgo.FetchMaxBytes(4 << 20),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}, c.Client...)
}

// Delivery is a record on its way to a handler.
type Delivery struct {
	kafka.Record
	// ClientID is the member that handles it.
	ClientID string
	// Attempt counts the tries, from 1.
	Attempt int

	service *Service
}

// Header is the value of the last header of a name, "" if there is none.
func (d *Delivery) Header(name string) string {
	for i := len(d.Headers) - 1; i >= 0; i-- {
		if d.Headers[i].Key == name {
			return string(d.Headers[i].Value)
		}
	}
	return ""
}

// Where is where the record lies, as topic/partition@offset.
func (d *Delivery) Where() string {
	return d.Topic + "/" + strconv.Itoa(int(d.Partition)) + "@" + strconv.FormatInt(d.Offset, 10)
}

// id identifies the event for an idempotent consumer.
func (d *Delivery) id() string {
	if f := d.service.cfg.ID; f != nil {
		return f(d)
	}
	if id := d.Header("id"); id != "" {
		return id
	}
	return d.Where()
}
