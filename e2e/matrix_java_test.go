package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kconsole/kafka/kafkatest"
)

// toolCall is one run of one of Kafka's own programs.
type toolCall struct {
	api   string   // the row of the matrix
	class string   // below org.apache.kafka.tools, or a full name
	args  []string // @ is where the connection goes; the end if there is none
	says  []string // what the output must have
}

func tool(api, class, args string, says ...string) toolCall {
	return toolCall{api: api, class: class, args: strings.Fields(args), says: says}
}

const (
	groupCommand    = "consumer.group.ConsumerGroupCommand"
	configCommand   = "kafka.admin.ConfigCommand"
	reassignCommand = "reassign.ReassignPartitionsCommand"
)

// toolCalls is what the Java tools do, in order. Files are those that
// javaMatrix writes.
func toolCalls(topic, plan, offsets string) []toolCall {
	fill := strings.NewReplacer("TOPIC", topic, "PLAN", plan, "OFFSETS", offsets)
	calls := []toolCall{
		tool(apiVersions, "BrokerApiVersionsCommand", "", "127.0.0.1", "id: 1", "id: 3", "Produce(0)"),
		tool(apiMetadata, "ClusterTool", "cluster-id", "Cluster ID: "),
		tool(apiMetadata, "ClusterTool", "list-endpoints", "127.0.0.1"),
		tool(apiQuorum, "MetadataQuorumCommand", "@ describe --status", "LeaderId:", "CurrentVoters:"),
		tool(apiQuorum, "MetadataQuorumCommand", "@ describe --replication", "Leader", "Follower"),
		tool(apiFeatures, "FeatureCommand", "@ describe", "group.version"),
		tool(apiUnregister, "ClusterTool", "unregister --id 3", "is no longer registered"),
		tool(apiVoters, "MetadataQuorumCommand", "@ remove-controller --controller-id 3 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ"),

		tool(apiCreateTopics, "TopicCommand", "--create --topic TOPIC --partitions 3 --replication-factor 3 --config min.insync.replicas=2", "Created topic TOPIC"),
		tool(apiCreateTopics, "TopicCommand", "--create --topic TOPIC-b --replica-assignment 1:2", "Created topic TOPIC-b"),
		tool(apiDescribeTopics, "TopicCommand", "--list", "TOPIC\n", "TOPIC-b\n"),
		tool(apiDescribeTopics, "TopicCommand", "--describe --topic TOPIC", "PartitionCount: 3", "ReplicationFactor: 3", "min.insync.replicas=2", "Isr: "),
		tool(apiDescribeTopics, "TopicCommand", "--describe --under-replicated-partitions"),
		tool(apiCreatePartitions, "TopicCommand", "--alter --topic TOPIC --partitions 4"),
		tool(apiCreatePartitions, "TopicCommand", "--describe --topic TOPIC", "PartitionCount: 4"),
		tool(apiTopicConfigs, configCommand, "--alter --entity-type topics --entity-name TOPIC --add-config retention.ms=86400000", "Completed updating config for topic TOPIC"),
		tool(apiTopicConfigs, configCommand, "--describe --entity-type topics --entity-name TOPIC", "retention.ms=86400000", "min.insync.replicas=2"),
		tool(apiTopicConfigs, configCommand, "--alter --entity-type topics --entity-name TOPIC --delete-config retention.ms", "Completed updating config for topic TOPIC"),
		tool(apiBrokerConfigs, configCommand, "--alter --entity-type brokers --entity-name 2 --add-config log.retention.ms=86400000", "Completed updating config for broker 2"),
		tool(apiBrokerConfigs, configCommand, "--alter --entity-type brokers --entity-default --add-config log.retention.ms=96400000", "Completed updating default config for brokers"),
		tool(apiBrokerConfigs, configCommand, "--describe --entity-type brokers --entity-name 2 --all", "log.retention.ms=86400000", "DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=96400000"),
		tool(apiGroupConfigs, configCommand, "--alter --entity-type groups --entity-name TOPIC-g --add-config consumer.session.timeout.ms=46000", "Completed updating config for group TOPIC-g"),
		tool(apiGroupConfigs, configCommand, "--describe --entity-type groups --entity-name TOPIC-g", "consumer.session.timeout.ms=46000"),
		tool(apiLoggers, configCommand, "--describe --entity-type broker-loggers --entity-name 1", "kafka"),

		tool(apiProduce, "ProducerPerformance", "--topic TOPIC --num-records 400 --record-size 100 --throughput -1", "400 records sent"),
		tool(apiProduce, "ProducerPerformance", "--topic TOPIC-b --num-records 100 --record-size 10 --throughput -1", "100 records sent"),
		tool(apiTransactions, "ProducerPerformance", "--topic TOPIC --num-records 100 --record-size 10 --throughput -1 --transactional-id TOPIC-tx --transaction-duration-ms 20", "100 records sent"),
		tool(apiListOffsets, "GetOffsetShell", "--topic TOPIC", "TOPIC:0:", "TOPIC:3:"),
		tool(apiListOffsets, "GetOffsetShell", "--topic TOPIC --time earliest", "TOPIC:0:0", "TOPIC:3:0"),
		tool(apiListOffsets, "GetOffsetShell", "--topic TOPIC --time max-timestamp", "TOPIC:"),
		tool(apiFetch, "ConsumerPerformance", "--topic TOPIC --num-records 300 --group TOPIC-perf", "data.consumed.in.MB"),
		tool(apiClassicGroup, "VerifiableConsumer", "--topic TOPIC --group-id TOPIC-g --max-messages 200 --reset-policy earliest", `"name":"partitions_assigned"`, `"name":"records_consumed"`, `"name":"offsets_committed"`),
		tool(apiConsumerGroup, "VerifiableConsumer", "--topic TOPIC --group-id TOPIC-n --group-protocol consumer --max-messages 200 --reset-policy earliest", `"name":"partitions_assigned"`, `"name":"records_consumed"`),
		tool(apiShareGroup, configCommand, "--alter --entity-type groups --entity-name TOPIC-s --add-config share.auto.offset.reset=earliest", "Completed updating config for group TOPIC-s"),
		tool(apiShareGroup, "VerifiableShareConsumer", "--topic TOPIC --group-id TOPIC-s --max-messages 100", `"name":"records_consumed"`, `"name":"offsets_acknowledged"`),
		tool(apiShareGroup, "consumer.group.ShareGroupCommand", "--describe --group TOPIC-s", "TOPIC"),
		tool(apiListGroups, groupCommand, "--list", "TOPIC-g\n"),
		tool(apiListGroups, "GroupsCommand", "--list", "TOPIC-n", "Consumer", "TOPIC-g", "Classic", "TOPIC-s", "Share"),
		tool(apiDescribeGroups, groupCommand, "--describe --group TOPIC-g", "TOPIC", "LAG"),
		tool(apiDescribeGroups, groupCommand, "--describe --all-groups --state", "Empty"),
		tool(apiDescribeGroups, groupCommand, "--describe --group TOPIC-n --members"),
		tool(apiCommitOffsets, groupCommand, "--reset-offsets --group TOPIC-g --topic TOPIC --to-earliest --execute", "NEW-OFFSET"),
		tool(apiCommitOffsets, groupCommand, "--reset-offsets --group TOPIC-n --topic TOPIC --to-offset 1 --execute", "NEW-OFFSET"),
		tool(apiDeleteOffsets, groupCommand, "--delete-offsets --group TOPIC-g --topic TOPIC", "Successful"),
		tool(apiDeleteGroups, groupCommand, "--delete --group TOPIC-g", "was successful"),

		tool(apiListTransactions, "TransactionsCommand", "@ list", "TOPIC-tx", "CompleteCommit"),
		tool(apiListTransactions, "TransactionsCommand", "@ describe --transactional-id TOPIC-tx", "CompleteCommit"),
		tool(apiDescribeProducers, "TransactionsCommand", "@ describe-producers --topic TOPIC-b --partition 0", "99"),
		tool(apiHanging, "TransactionsCommand", "@ find-hanging --broker-id 1"),

		tool(apiCreateACLs, "AclCommand", "--add --allow-principal User:matrix --operation Read --operation Describe --topic TOPIC", "Adding ACLs", "User:matrix"),
		tool(apiDescribeACLs, "AclCommand", "--list --topic TOPIC", "User:matrix", "operation=READ"),
		tool(apiDeleteACLs, "AclCommand", "--remove --force --topic TOPIC"),
		tool(apiAlterSCRAM, configCommand, "--alter --entity-type users --entity-name matrix --add-config SCRAM-SHA-512=[iterations=4096,password=matrix-pw]", "Completed updating config for user matrix"),
		tool(apiAlterSCRAMMore, configCommand, "--alter --entity-type users --entity-name matrix --add-config SCRAM-SHA-256=[iterations=8192,password=matrix-pw]", "Completed updating config for user matrix"),
		tool(apiDescribeSCRAM, configCommand, "--describe --entity-type users --entity-name matrix", "SCRAM-SHA-512", "iterations=4096"),
		tool(apiAlterQuotas, configCommand, "--alter --entity-type users --entity-name matrix --add-config producer_byte_rate=1000000", "Completed updating config for user matrix"),
		tool(apiDescribeQuotas, configCommand, "--describe --entity-type users --entity-name matrix", "producer_byte_rate=1000000"),
		tool(apiTokens, "DelegationTokenCommand", "--create --max-life-time-period -1", "Created delegation token"),

		tool(apiLogDirs, "LogDirsCommand", "--describe --broker-list 1,2,3 --topic-list TOPIC", `"partition":"TOPIC-0"`, `"broker":3`),
		tool(apiReassign, reassignCommand, "--reassignment-json-file PLAN --execute", "Successfully started partition reassignment"),
		tool(apiListReassignments, reassignCommand, "--list"),
		tool(apiElectLeaders, "LeaderElectionCommand", "--election-type preferred --all-topic-partitions"),
		tool(apiDeleteRecords, "DeleteRecordsCommand", "--offset-json-file OFFSETS", "low_watermark"),
		tool(apiClientMetrics, "ClientMetricsCommand", "--list"),
		tool(apiDeleteTopics, "TopicCommand", "--delete --topic TOPIC-b"),
	}
	for i := range calls {
		for j, a := range calls[i].args {
			calls[i].args[j] = fill.Replace(a)
		}
		for j, s := range calls[i].says {
			calls[i].says[j] = fill.Replace(s)
		}
	}
	return calls
}

// javaMatrix runs the Java tools, in one Java machine.
func javaMatrix(t *testing.T, c *kafkatest.Cluster) outcomes {
	const topic = "matrix-java"
	dir := t.TempDir()
	plan, offsets := filepath.Join(dir, "plan.json"), filepath.Join(dir, "offsets.json")
	writeJSON(t, plan, map[string]any{"version": 1, "partitions": []any{
		map[string]any{"topic": topic, "partition": 0, "replicas": []int{3, 1}},
	}})
	writeJSON(t, offsets, map[string]any{"version": 1, "partitions": []any{
		map[string]any{"topic": topic, "partition": 1, "offset": -1}, // to the high watermark
	}})
	calls := toolCalls(topic, plan, offsets)
	var input strings.Builder
	for _, call := range calls {
		class := call.class
		if !strings.HasPrefix(class, "kafka.") {
			class = "org.apache.kafka.tools." + class
		}
		input.WriteString(strings.Join(append([]string{class}, call.args...), "\t") + "\n")
	}
	program, err := filepath.Abs(filepath.Join("clients", "Tools.java"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := c.ToolCommand(ctx, t, program)
	cmd.Stdin = strings.NewReader(input.String())
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	cmd.WaitDelay = 5 * time.Second
	verified := verifiableProducer(ctx, t, c)
	if err := cmd.Run(); err != nil {
		t.Fatalf("the Java tools: %v\n%s%s", err, out.Bytes(), stderr.Bytes())
	}
	got := outcomes{apiProduce: <-verified}
	var answers []string
	for line := range strings.Lines(out.String()) {
		answers = append(answers, line)
	}
	if len(answers) != len(calls) {
		t.Fatalf("%d answers to %d calls\n%s%s", len(answers), len(calls), out.Bytes(), stderr.Bytes())
	}
	for i, call := range calls {
		got.add(call.api, call.judge(t, answers[i]))
	}
	return got
}

// verifiableProducer runs in a Java machine of its own: it finishes its work
// when that ends.
func verifiableProducer(ctx context.Context, t *testing.T, c *kafkatest.Cluster) <-chan error {
	cmd := c.ToolCommand(ctx, t, "VerifiableProducer", "--topic", c.Topic(t, 3, 3), "--max-messages", "100", "--acks", "-1")
	done := make(chan error, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		if err == nil && !bytes.Contains(out, []byte(`"acked":100`)) {
			err = errors.New("not all is acknowledged")
		}
		if err != nil {
			err = fmt.Errorf("VerifiableProducer: %w\n%s", err, out)
		}
		done <- err
	}()
	return done
}

// judge says what is wrong with a call's answer.
func (call toolCall) judge(t *testing.T, line string) error {
	t.Helper()
	var code, millis int
	var encoded string
	if _, err := fmt.Sscan(line, &code, &millis, &encoded); err != nil && encoded != "" {
		t.Fatalf("%v: %s", err, line)
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%4d ms, exit %d: %s %s", millis, code, call.class, strings.Join(call.args, " "))
	if code != 0 {
		return errors.New(strings.TrimSpace(string(text)))
	}
	for _, s := range call.says {
		if !strings.Contains(string(text), s) {
			return fmt.Errorf("%s %v: its output has no %q:\n%s", call.class, call.args, s, text)
		}
	}
	return nil
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
