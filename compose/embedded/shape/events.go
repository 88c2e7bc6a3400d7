package shape

import (
	"fmt"
	"time"
)

// Kind names what changed.
type Kind string

// The kinds of events.
const (
	BrokerStarted         Kind = "broker started"   // the process runs
	BrokerStopped         Kind = "broker stopped"   // shut down in order
	BrokerKilled          Kind = "broker killed"    // gone without a word
	BrokerPaused          Kind = "broker paused"    // hangs
	BrokerResumed         Kind = "broker resumed"   // runs on
	BrokerJoined          Kind = "broker joined"    // the controller counts it in
	BrokerLeft            Kind = "broker left"      // the controller fenced it
	ControllerChanged     Kind = "controller moved" // From, To
	LeaderChanged         Kind = "leader moved"     // From, To, Epoch
	ISRChanged            Kind = "isr changed"      // ISR
	ReassignmentStarted   Kind = "reassignment started"
	ReassignmentFinished  Kind = "reassignment finished"
	ReassignmentCancelled Kind = "reassignment cancelled"
	LogDirFailed          Kind = "log dir offline"
	LogDirRepaired        Kind = "log dir online"
	FaultSet              Kind = "fault set"
	FaultCleared          Kind = "fault cleared"
)

// Event is one change of the cluster.
type Event struct {
	At        time.Time
	Kind      Kind
	Broker    int32  // the broker concerned, -1 for none
	Topic     string // "" where no partition is concerned
	Partition int32  // -1 where no partition is concerned
	From, To  int32  // leaders or controllers; -1 is none
	Epoch     int32  // the leader epoch after the change
	ISR       []int32
	Detail    string // what else there is to say, for people
	Dropped   int    // events that were lost before this one to a slow reader
}

// String renders the event in one line.
func (e Event) String() string {
	switch {
	case e.Kind == ControllerChanged:
		return fmt.Sprintf("%s: %d -> %d", e.Kind, e.From, e.To)
	case e.Kind == LeaderChanged:
		return fmt.Sprintf("%s: %s-%d %d -> %d (epoch %d)", e.Kind, e.Topic, e.Partition, e.From, e.To, e.Epoch)
	case e.Kind == ISRChanged:
		return fmt.Sprintf("%s: %s-%d %v", e.Kind, e.Topic, e.Partition, e.ISR)
	case e.Topic != "":
		return fmt.Sprintf("%s: %s-%d %s", e.Kind, e.Topic, e.Partition, e.Detail)
	case e.Detail != "":
		return fmt.Sprintf("%s: %d (%s)", e.Kind, e.Broker, e.Detail)
	}
	return fmt.Sprintf("%s: %d", e.Kind, e.Broker)
}

func brokerEvent(kind Kind, id int32, detail string) Event {
	return Event{Kind: kind, Broker: id, Partition: -1, From: -1, To: -1, Detail: detail}
}

func partitionEvent(kind Kind, p *partition) Event {
	return Event{
		Kind: kind, Broker: -1, Topic: p.t.name, Partition: p.index,
		From: p.leader, To: p.leader, Epoch: p.epoch, ISR: p.isr,
	}
}
