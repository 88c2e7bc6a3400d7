package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/kafka/kafkatest"
)

var update = flag.Bool("update", false, "rewrite the tables in docs that tests make")

// The rows of the matrix: what a client asks of a cluster, or of a registry.
const (
	apiVersions          = "ApiVersions"
	apiMetadata          = "Metadata, DescribeCluster"
	apiQuorum            = "DescribeQuorum"
	apiFeatures          = "features, by ApiVersions"
	apiUnregister        = "UnregisterBroker"
	apiVoters            = "AddRaftVoter, RemoveRaftVoter"
	apiCreateTopics      = "CreateTopics"
	apiDescribeTopics    = "Metadata, DescribeTopicPartitions"
	apiCreatePartitions  = "CreatePartitions"
	apiTopicConfigs      = "DescribeConfigs, IncrementalAlterConfigs: topic"
	apiBrokerConfigs     = "DescribeConfigs, IncrementalAlterConfigs: broker"
	apiGroupConfigs      = "DescribeConfigs, IncrementalAlterConfigs: group"
	apiLoggers           = "DescribeConfigs: broker logger"
	apiProduce           = "Produce, acks=all, idempotent"
	apiTransactions      = "InitProducerId, AddPartitionsToTxn, EndTxn"
	apiTxnOffsets        = "AddOffsetsToTxn, TxnOffsetCommit"
	apiListOffsets       = "ListOffsets"
	apiFetch             = "Fetch"
	apiClassicGroup      = "classic group: JoinGroup, SyncGroup, Heartbeat, OffsetCommit"
	apiConsumerGroup     = "consumer group: ConsumerGroupHeartbeat"
	apiShareGroup        = "share group: ShareGroupHeartbeat, ShareFetch, ShareAcknowledge"
	apiListGroups        = "ListGroups"
	apiDescribeGroups    = "DescribeGroups, OffsetFetch"
	apiCommitOffsets     = "OffsetCommit from outside"
	apiDeleteOffsets     = "OffsetDelete"
	apiDeleteGroups      = "DeleteGroups"
	apiListTransactions  = "ListTransactions, DescribeTransactions"
	apiDescribeProducers = "DescribeProducers"
	apiHanging           = "hanging transactions, by DescribeProducers"
	apiCreateACLs        = "CreateAcls"
	apiDescribeACLs      = "DescribeAcls"
	apiDeleteACLs        = "DeleteAcls"
	apiAlterSCRAM        = "AlterUserScramCredentials, 4096 iterations"
	apiAlterSCRAMMore    = "AlterUserScramCredentials, 8192 iterations"
	apiDescribeSCRAM     = "DescribeUserScramCredentials"
	apiAlterQuotas       = "AlterClientQuotas"
	apiDescribeQuotas    = "DescribeClientQuotas"
	apiTokens            = "CreateDelegationToken"
	apiLogDirs           = "DescribeLogDirs"
	apiReassign          = "AlterPartitionReassignments"
	apiListReassignments = "ListPartitionReassignments"
	apiElectLeaders      = "ElectLeaders"
	apiDeleteRecords     = "DeleteRecords"
	apiClientMetrics     = "ListConfigResources: client metrics"
	apiDeleteTopics      = "DeleteTopics"
	apiRegister          = "registry: register, look up, list versions"
	apiCompatibility     = "registry: levels, compatibility, refusal"
	apiSchemaDelete      = "registry: soft and hard delete"
	apiAvro              = "registry: Avro records there and back"
)

var matrixRows = []string{
	apiVersions, apiMetadata, apiQuorum, apiFeatures, apiUnregister, apiVoters,
	apiCreateTopics, apiDescribeTopics, apiCreatePartitions, apiDeleteTopics, apiDeleteRecords,
	apiTopicConfigs, apiBrokerConfigs, apiGroupConfigs, apiLoggers, apiClientMetrics,
	apiProduce, apiFetch, apiListOffsets, apiTransactions, apiTxnOffsets, apiListTransactions, apiDescribeProducers, apiHanging,
	apiClassicGroup, apiConsumerGroup, apiShareGroup, apiListGroups, apiDescribeGroups, apiCommitOffsets, apiDeleteOffsets, apiDeleteGroups,
	apiCreateACLs, apiDescribeACLs, apiDeleteACLs, apiAlterSCRAM, apiAlterSCRAMMore, apiDescribeSCRAM, apiAlterQuotas, apiDescribeQuotas, apiTokens,
	apiLogDirs, apiReassign, apiListReassignments, apiElectLeaders,
	apiRegister, apiCompatibility, apiSchemaDelete, apiAvro,
}

// outcomes is what came of each API, in the hands of one client. An API that is
// not there was not tried: the client has no call for it.
type outcomes map[string]error

// add notes what came of a call; an API works when all its calls do.
func (o outcomes) add(api string, err error) { o[api] = errors.Join(o[api], err) }

// reason is why an API does not work: what the client's error says, and what it
// means.
type reason struct{ says, why string }

// The clients.
const (
	javaTools = "Java tools 4.3"
	pythonLib = "Python confluent-kafka 2.16"
	franzGo   = "franz-go"
)

// Why several clients do not get what they ask for.
const (
	noQuorumChange = "the voters of the simulated quorum do not change"
	noTokens       = "delegation tokens are absent"
	noUnregister   = "absent: a lab's brokers stay"
	only4096       = "the engine's credentials are of 4096 iterations"
	endedIsEmpty   = "they are listed, but an ended one is Empty, not CompleteCommit"
	onlyOpen       = "the engine lists producers with an open transaction only"
	franzTooOld    = "the broker has already indicated it will not know"
)

// reasons are the cells that do not work.
var reasons = map[[2]string]reason{
	{javaTools, apiVoters}:            {"does not support REMOVE_RAFT_VOTER", noQuorumChange},
	{franzGo, apiVoters}:              {franzTooOld, noQuorumChange},
	{javaTools, apiUnregister}:        {"does not support the broker unregistration API", noUnregister},
	{franzGo, apiUnregister}:          {franzTooOld, noUnregister},
	{javaTools, apiTokens}:            {"does not support CREATE_DELEGATION_TOKEN", noTokens},
	{franzGo, apiTokens}:              {franzTooOld, noTokens},
	{javaTools, apiLoggers}:           {"InvalidRequestException", "virtual brokers have no loggers"},
	{javaTools, apiAlterSCRAMMore}:    {"UnacceptableCredentialException: 8192 iterations", only4096},
	{pythonLib, apiAlterSCRAMMore}:    {"UNACCEPTABLE_CREDENTIAL", only4096},
	{franzGo, apiAlterSCRAMMore}:      {"UNACCEPTABLE_CREDENTIAL", only4096},
	{javaTools, apiListTransactions}:  {`has no "CompleteCommit"`, endedIsEmpty},
	{franzGo, apiListTransactions}:    {"State:Empty", endedIsEmpty},
	{javaTools, apiDescribeProducers}: {`has no "99"`, onlyOpen},
	{franzGo, apiDescribeProducers}:   {"no producers", onlyOpen},
}

// TestMatrix has foreign clients use every API of the embedded stack, over TLS
// with SCRAM. Each works, or fails for a reason that is known; the table in
// docs/embedded.md says which.
func TestMatrix(t *testing.T) {
	c := kafkatest.Embedded(t)
	columns := []string{javaTools, pythonLib, franzGo}
	got := map[string]outcomes{}
	for i, run := range []func(*testing.T, *kafkatest.Cluster) outcomes{javaMatrix, pythonMatrix, franzMatrix} {
		t.Run(columns[i], func(t *testing.T) {
			done := run(t, c)
			checkOutcomes(t, columns[i], done)
			got[columns[i]] = done
		})
	}
	if t.Failed() {
		return
	}
	if len(got) < len(columns) {
		t.Skip("the table is not compared: a client is missing on this machine")
	}
	compareSection(t, filepath.Join("..", "docs", "embedded.md"), "matrix", matrixTable(columns, got))
}

// checkOutcomes compares what failed with what is known to fail.
func checkOutcomes(t *testing.T, client string, got outcomes) {
	t.Helper()
	known := map[string]bool{}
	for _, api := range matrixRows {
		known[api] = true
		err, tried := got[api]
		r, expected := reasons[[2]string{client, api}]
		switch {
		case expected && !tried:
			t.Errorf("%s: a reason is given for a call that is not made", api)
		case expected && err == nil:
			t.Errorf("%s works now: take its reason off the list", api)
		case expected && !strings.Contains(err.Error(), r.says):
			t.Errorf("%s: want an error that says %q, got: %v", api, r.says, err)
		case !expected && err != nil:
			t.Errorf("%s: %v", api, err)
		}
	}
	for api := range got {
		if !known[api] {
			t.Errorf("%q is no row of the matrix", api)
		}
	}
}

func matrixTable(columns []string, got map[string]outcomes) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|---%s|\n", strings.Join(columns, " | "), strings.Repeat("|---", len(columns)))
	for _, api := range matrixRows {
		b.WriteString("| " + api)
		for _, client := range columns {
			err, tried := got[client][api]
			cell := "works"
			if !tried {
				cell = "–"
			} else if err != nil {
				cell = "no: " + reasons[[2]string{client, api}].why
			}
			b.WriteString(" | " + cell)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// compareSection compares the part of a document between two marks with what it
// should be, or rewrites it.
func compareSection(t *testing.T, path, name, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->")
	head, rest, ok1 := bytes.Cut(text, begin)
	was, tail, ok2 := bytes.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no section between %s and %s", path, begin, end)
	}
	if string(was) == want {
		return
	}
	if !*update {
		t.Errorf("%s, section %s, is not what this run shows; run this test with -update.\nIt should be:\n%s", path, name, want)
		return
	}
	if err := os.WriteFile(path, bytes.Join([][]byte{head, begin, []byte(want), end, tail}, nil), 0o644); err != nil {
		t.Fatal(err)
	}
}
