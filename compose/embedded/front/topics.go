package front

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

// internalMark is the engine's configuration that makes a topic internal. It
// is not a configuration of Kafka's and is never shown.
const internalMark = "kfake.is_internal"

func init() {
	handlers[kmsg.CreateTopics] = createTopics
	handlers[kmsg.CreatePartitions] = createPartitions
	handlers[kmsg.DeleteTopics] = deleteTopics
}

var legalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// checkTopicName applies Kafka's rules for topic names; the engine has none
// and would make a path of the name. "" means legal.
func checkTopicName(name string) string {
	switch {
	case name == "." || name == "..":
		return fmt.Sprintf("%q is not a topic name", name)
	case !legalTopic.MatchString(name):
		return fmt.Sprintf("topic name %q is not legal: 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'", name)
	}
	return ""
}

// plannedTopic is one topic of a CreateTopics request on its way.
type plannedTopic struct {
	assignment [][]int32
	err        *kerr.Error
	msg        string
}

// createTopics checks what the engine does not (names, assignments,
// configurations), asks the engine for rights and existence without creating
// anything, and then has it create, with one replica inside, what is left.
func createTopics(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	c.srv.topicsMu.Lock()
	defer c.srv.topicsMu.Unlock()
	cr := req.(*kmsg.CreateTopicsRequest)
	plans := map[string]plannedTopic{}
	inner := *cr
	inner.ValidateOnly = true
	inner.Topics = nil
	for _, t := range cr.Topics {
		if _, twice := plans[t.Topic]; twice {
			plans[t.Topic] = plannedTopic{err: kerr.InvalidRequest, msg: "the topic is listed twice"}
			continue
		}
		plans[t.Topic] = c.srv.planTopic(&t)
		t.NumPartitions, t.ReplicationFactor, t.ReplicaAssignment = int32(max(1, len(plans[t.Topic].assignment))), 1, nil
		inner.Topics = append(inner.Topics, t)
	}
	probe := inner
	probe.Version = max(1, cr.Version) // version 0 cannot ask without creating
	checked, err := ask[*kmsg.CreateTopicsResponse](c, r, &probe)
	if err != nil {
		return nil, err
	}
	verdict := map[string]int16{}
	for _, t := range checked.Topics {
		verdict[t.Topic] = t.ErrorCode
	}
	inner.Topics = slices.DeleteFunc(inner.Topics, func(t kmsg.CreateTopicsRequestTopic) bool {
		return verdict[t.Topic] != 0 || plans[t.Topic].err != nil
	})
	created := checked
	if !cr.ValidateOnly {
		created = inner.ResponseKind().(*kmsg.CreateTopicsResponse)
		if len(inner.Topics) > 0 {
			inner.ValidateOnly = false
			if created, err = ask[*kmsg.CreateTopicsResponse](c, r, &inner); err != nil {
				return nil, err
			}
		}
	}
	return c.createdTopics(r, cr, plans, verdict, created)
}

// planTopic decides the replicas of a new topic and checks what came with it.
func (s *Server) planTopic(t *kmsg.CreateTopicsRequestTopic) (p plannedTopic) {
	fail := func(e *kerr.Error, msg string) plannedTopic { return plannedTopic{err: e, msg: msg} }
	if msg := checkTopicName(t.Topic); msg != "" {
		return fail(kerr.InvalidTopicException, msg)
	}
	if msg := checkTopicConfigs(t.Configs); msg != "" {
		return fail(kerr.InvalidConfig, msg)
	}
	if len(t.ReplicaAssignment) == 0 {
		count := int(t.NumPartitions)
		if count == -1 {
			count = int(s.cfg.Defaults.Partitions)
		}
		rf := int(t.ReplicationFactor)
		if rf == 0 || rf < -1 {
			return fail(kerr.InvalidReplicationFactor, fmt.Sprintf("replication factor %d: must be above 0, or -1 for the default", rf))
		}
		if count > maxPartitions {
			return fail(kerr.InvalidPartitions, fmt.Sprintf("%d partitions: this cluster takes at most %d a topic", count, maxPartitions))
		}
		p.assignment, p.err, p.msg = s.cfg.Shape.Plan(count, rf)
		return p
	}
	if t.NumPartitions != -1 || t.ReplicationFactor != -1 {
		return fail(kerr.InvalidRequest, "give either replicas or a number of partitions and a replication factor, not both")
	}
	p.assignment = make([][]int32, len(t.ReplicaAssignment))
	for _, a := range t.ReplicaAssignment {
		if a.Partition < 0 || int(a.Partition) >= len(p.assignment) || p.assignment[a.Partition] != nil {
			return fail(kerr.InvalidReplicaAssignment, "the partitions of an assignment must be numbered from 0 without gaps")
		}
		p.assignment[a.Partition] = a.Replicas
	}
	if msg := s.cfg.Shape.CheckAssignment(p.assignment); msg != "" {
		return fail(kerr.InvalidReplicaAssignment, msg)
	}
	return p
}

// maxPartitions bounds one topic, since each partition costs memory here.
const maxPartitions = 10_000

func (c *conn) createdTopics(r *wire.Request, cr *kmsg.CreateTopicsRequest, plans map[string]plannedTopic, verdict map[string]int16, created *kmsg.CreateTopicsResponse) ([]byte, error) {
	done := map[string]kmsg.CreateTopicsResponseTopic{}
	for _, t := range created.Topics {
		done[t.Topic] = t
	}
	resp := cr.ResponseKind().(*kmsg.CreateTopicsResponse)
	seen := map[string]bool{}
	for _, want := range cr.Topics {
		if seen[want.Topic] {
			continue
		}
		seen[want.Topic] = true
		plan := plans[want.Topic]
		t, ok := done[want.Topic]
		if !ok {
			t = kmsg.NewCreateTopicsResponseTopic()
			t.Topic = want.Topic
		}
		switch code := verdict[want.Topic]; {
		case code != 0: // rights and existence come first, and tell strangers nothing
			t.ErrorCode = code
			t.ErrorMessage = describe(code)
		case plan.err != nil:
			t.ErrorCode, t.ErrorMessage = plan.err.Code, &plan.msg
		case t.ErrorCode != 0:
			t.ErrorMessage = describe(t.ErrorCode)
		default:
			t.ReplicationFactor, t.NumPartitions = int16(len(plan.assignment[0])), int32(len(plan.assignment))
			if !cr.ValidateOnly {
				if err := c.srv.addTopic(want.Topic, plan.assignment); err != nil {
					return nil, err
				}
			}
			t.Configs = topicConfigsCreated(c.srv, want.Configs)
		}
		if t.ErrorCode != 0 {
			t.NumPartitions, t.ReplicationFactor = -1, -1
		}
		if t.Configs == nil {
			t.Configs = []kmsg.CreateTopicsResponseTopicConfig{} // clients take null for "not authorised"
		}
		resp.Topics = append(resp.Topics, t)
	}
	return answer(r, resp), nil
}

// describe is the protocol's own description of an error.
func describe(code int16) *string {
	if e := kerr.TypedErrorForCode(code); e != nil {
		return &e.Description
	}
	return nil
}

// addTopic takes a topic that the engine has just created into the shape.
func (s *Server) addTopic(name string, assignment [][]int32) error {
	t, ok := s.cfg.Engine.Topic(name)
	if !ok {
		return nil // deleted again already
	}
	if err := s.cfg.Shape.AddTopic(name, t.ID, false, assignment); err != nil {
		return err
	}
	return s.applyTopicConfigs(name)
}

// autoCreate makes topics that were asked for and do not exist
// (auto.create.topics.enable), if the client may create them.
func (c *conn) autoCreate(r *wire.Request, resp *kmsg.MetadataResponse) error {
	unknown := func(t kmsg.MetadataResponseTopic) bool {
		return t.ErrorCode == kerr.UnknownTopicOrPartition.Code && t.Topic != nil
	}
	if !slices.ContainsFunc(resp.Topics, unknown) {
		return nil
	}
	c.srv.topicsMu.Lock()
	defer c.srv.topicsMu.Unlock()
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if !unknown(*t) {
			continue
		}
		if checkTopicName(*t.Topic) != "" {
			t.ErrorCode = kerr.InvalidTopicException.Code
			continue
		}
		plan, kerror, _ := c.srv.cfg.Shape.Plan(int(c.srv.cfg.Defaults.Partitions), -1)
		if kerror != nil {
			t.ErrorCode = kerror.Code
			continue
		}
		req := kmsg.NewPtrCreateTopicsRequest()
		req.Version = 5
		rt := kmsg.NewCreateTopicsRequestTopic()
		rt.Topic, rt.NumPartitions, rt.ReplicationFactor = *t.Topic, int32(len(plan)), 1
		req.Topics = append(req.Topics, rt)
		made, err := ask[*kmsg.CreateTopicsResponse](c, r, req)
		if err != nil {
			return err
		}
		if len(made.Topics) == 1 && made.Topics[0].ErrorCode == 0 {
			if err := c.srv.addTopic(*t.Topic, plan); err != nil {
				return err
			}
			t.ErrorCode = kerr.LeaderNotAvailable.Code // there on the next question, as in Kafka
		}
	}
	return nil
}

// createPartitions grows topics; new partitions have as many replicas as the
// topic's first.
func createPartitions(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	c.srv.topicsMu.Lock()
	defer c.srv.topicsMu.Unlock()
	pr := req.(*kmsg.CreatePartitionsRequest)
	type plan struct {
		add [][]int32
		err *kerr.Error
		msg string
	}
	plans := map[string]plan{}
	inner := *pr
	inner.Topics = nil
	for _, t := range pr.Topics {
		var p plan
		have, rf := 0, 0
		c.srv.cfg.Shape.View(func(v shape.View) {
			st, _ := v.Topic(t.Topic)
			first, _ := v.Partition(t.Topic, 0)
			have, rf = st.Partitions, len(first.Replicas)
		})
		more := int(t.Count) - have
		switch {
		case have == 0: // the engine will say that it is unknown
		case more <= 0:
			p.err, p.msg = kerr.InvalidPartitions, fmt.Sprintf("the topic has %d partitions already; they can only become more", have)
		case int(t.Count) > maxPartitions:
			p.err, p.msg = kerr.InvalidPartitions, fmt.Sprintf("%d partitions: this cluster takes at most %d a topic", t.Count, maxPartitions)
		case len(t.Assignment) > 0:
			for _, a := range t.Assignment {
				p.add = append(p.add, a.Replicas)
			}
			if p.msg = c.srv.cfg.Shape.CheckAssignment(p.add); p.msg != "" {
				p.err = kerr.InvalidReplicaAssignment
			} else if len(p.add) != more {
				p.err, p.msg = kerr.InvalidReplicaAssignment, fmt.Sprintf("%d partitions are new and %d assignments were given", more, len(p.add))
			}
		default:
			p.add, p.err, p.msg = c.srv.cfg.Shape.Plan(more, rf)
		}
		t.Assignment = nil
		if p.err != nil {
			t.Count = int32(have) // asks for the rights and changes nothing
		}
		plans[t.Topic] = p
		inner.Topics = append(inner.Topics, t)
	}
	resp, err := ask[*kmsg.CreatePartitionsResponse](c, r, &inner)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		p := plans[t.Topic]
		switch {
		case t.ErrorCode != 0:
			t.ErrorMessage = describe(t.ErrorCode)
		case p.err != nil:
			t.ErrorCode, t.ErrorMessage = p.err.Code, &p.msg
		case !pr.ValidateOnly && p.add != nil:
			if err := c.srv.cfg.Shape.GrowTopic(t.Topic, p.add); err != nil {
				return nil, err
			}
		}
	}
	return answer(r, resp), nil
}

// deleteTopics deletes in the engine first. Internal topics stay.
func deleteTopics(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	c.srv.topicsMu.Lock()
	defer c.srv.topicsMu.Unlock()
	dr := req.(*kmsg.DeleteTopicsRequest)
	inner := *dr
	inner.TopicNames, inner.Topics = nil, nil
	kept := map[string]bool{}
	c.srv.cfg.Shape.View(func(v shape.View) {
		isInternal := func(name string) bool {
			t, _ := v.Topic(name)
			kept[name] = t.Internal
			return t.Internal
		}
		for _, name := range dr.TopicNames {
			if !isInternal(name) {
				inner.TopicNames = append(inner.TopicNames, name)
			}
		}
		for _, t := range dr.Topics {
			name := c.srv.topicName(v, t.TopicID)
			if t.Topic != nil {
				name = *t.Topic
			}
			if !isInternal(name) {
				inner.Topics = append(inner.Topics, t)
			}
		}
	})
	resp, err := ask[*kmsg.DeleteTopicsResponse](c, r, &inner)
	if err != nil {
		return nil, err
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		if t.ErrorCode == 0 && t.Topic != nil {
			if err := c.srv.cfg.Shape.RemoveTopic(*t.Topic); err != nil {
				return nil, err
			}
		}
	}
	for name, internal := range kept {
		if internal {
			t := kmsg.NewDeleteTopicsResponseTopic()
			t.Topic, t.ErrorCode = kmsg.StringPtr(name), kerr.InvalidTopicException.Code
			t.ErrorMessage = kmsg.StringPtr("internal topics cannot be deleted")
			resp.Topics = append(resp.Topics, t)
		}
	}
	return answer(r, resp), nil
}
