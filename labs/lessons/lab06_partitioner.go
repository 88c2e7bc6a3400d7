package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// The accounts: how many keys there are, and how many partitions.
const (
	lab06AccountCount      = 8
	lab06AccountPartitions = 6
)

func lab06AccountKey(env *labs.Env, n int) string { return fmt.Sprintf("u-%s-%d", env.Nonce[:4], n) }

// lab06Accounts writes a record for each key, to the partition that php-rdkafka
// chooses by default.
func lab06Accounts(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("accounts"), lab06AccountPartitions, 3); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("accounts"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	return lab06AsPHP(ctx, env)
}

// lab06AsPHP writes the keys as librdkafka does without further settings.
func lab06AsPHP(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for n := 1; n <= lab06AccountCount; n++ {
		r := labs.Record(env.Name("accounts"), lab06AccountKey(env, n), "written with CRC32")
		r.Partition = check.CRC32(r.Key, lab06AccountPartitions)
		records = append(records, r)
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// lab06Placed counts the keys that have a new record where murmur2 puts it, and
// those that have one elsewhere.
func lab06Placed(ctx context.Context, env *labs.Env) (right, elsewhere int, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return 0, 0, err
	}
	records, err := check.Records(ctx, env, env.Name("accounts"), base)
	if err != nil {
		return 0, 0, err
	}
	for n := 1; n <= lab06AccountCount; n++ {
		key := lab06AccountKey(env, n)
		there, other := false, false
		for i := range records {
			if string(records[i].Key) != key {
				continue
			}
			if records[i].Partition == check.Murmur2(records[i].Key, lab06AccountPartitions) {
				there = true
			} else {
				other = true
			}
		}
		if there {
			right++
		} else if other {
			elsewhere++
		}
	}
	return right, elsewhere, nil
}

func lab06Murmur2(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	right, elsewhere, err := lab06Placed(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if right == lab06AccountCount {
		return labs.Done("every key has a new record, where murmur2 puts it"), nil
	}
	look := "the client chooses the partition: write the key and no partition"
	if elsewhere > 0 {
		look = "that client does not hash with murmur2, or the partition was given by hand; write them with kconsole, or with Java"
	}
	return labs.NotYet(fmt.Sprintf("a new record for each of the %d keys %s to %s, placed by murmur2", lab06AccountCount, lab06AccountKey(env, 1), lab06AccountKey(env, lab06AccountCount)),
		fmt.Sprintf("%d keys like that, %d keys with a new record elsewhere", right, elsewhere), look), nil
}

func lab06HowManyTorn(ctx context.Context, env *labs.Env) (labs.Question, error) {
	records, err := check.Records(ctx, env, env.Name("accounts"), nil)
	if err != nil {
		return labs.Question{}, err
	}
	torn := int64(0)
	for n := 1; n <= lab06AccountCount; n++ {
		in := map[int32]bool{}
		for i := range records {
			if string(records[i].Key) == lab06AccountKey(env, n) {
				in[records[i].Partition] = true
			}
		}
		if len(in) > 1 {
			torn++
		}
	}
	prompt := fmt.Sprintf("How many of the %d keys have records in two different partitions of %s now?", lab06AccountCount, env.Name("accounts"))
	return check.Number(prompt, torn, 0, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("Two hashes agree by chance only, here for %d of %d keys. For the others the order of a user's records is lost.", lab06AccountCount-torn, lab06AccountCount)
		}
		return fmt.Sprintf("It is not %d: write down the partitions of each key; a key counts when there are two different ones.", given)
	}), nil
}

func lab06AccountsNudge(ctx context.Context, env *labs.Env) (string, error) {
	right, elsewhere, err := lab06Placed(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d keys have a new record where murmur2 puts it, %d have one elsewhere. In %s, murmur2 puts the key %s into partition %d.",
		right, lab06AccountCount, elsewhere, env.Name("accounts"), lab06AccountKey(env, 1), check.Murmur2([]byte(lab06AccountKey(env, 1)), lab06AccountPartitions)), nil
}

func lab06WriteAccounts(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for n := 1; n <= lab06AccountCount; n++ {
		records = append(records, labs.Record(env.Name("accounts"), lab06AccountKey(env, n), "written with murmur2"))
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// lab06Order is an order as the PHP files have it.
type lab06Order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
	Payment  string `json:"payment"`
	Placed   string `json:"placed"`
}

// lab06Wanted is how many orders the PHP producer is to write.
const lab06Wanted = 1000

// lab06Account sorts the new orders by what may be wrong with them.
type lab06Account struct {
	all, notAvro, noKey, noID, misplaced, plain int
	good                                        map[string]bool
}

func lab06Accounted(ctx context.Context, env *labs.Env) (a lab06Account, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return a, err
	}
	t, ok, err := check.Topic(ctx, env, env.Name("orders"))
	if err != nil || !ok {
		return a, err
	}
	records, err := check.Records(ctx, env, env.Name("orders"), base)
	if err != nil {
		return a, err
	}
	a.all, a.good = len(records), map[string]bool{}
	for i := range records {
		r := &records[i]
		var order lab06Order
		switch {
		case lab06Format(r) != "avro" || json.Unmarshal(r.JSON, &order) != nil:
			a.notAvro++
		case string(r.Key) != order.Customer:
			a.noKey++
		case r.Header("id") != order.ID:
			a.noID++
		case r.Partition != check.Murmur2(r.Key, len(t.Partitions)):
			a.misplaced++
		case r.ProducerID < 0:
			a.plain++
		default:
			a.good[order.ID] = true
		}
	}
	return a, nil
}

// fault is the first thing that is wrong; empty: nothing.
func (a lab06Account) fault() string {
	for _, f := range []struct {
		n    int
		what string
	}{
		{a.notAvro, "no order in Avro"},
		{a.noKey, "an order whose key is not the customer"},
		{a.noID, "an order without its id in the header id"},
		{a.misplaced, "an order in a partition that murmur2 does not choose"},
		{a.plain, "an order of a producer that is not idempotent"},
	} {
		if f.n > 0 {
			return fmt.Sprintf("%s: %s", check.Count(int64(f.n), "record"), f.what)
		}
	}
	return ""
}

func lab06Published(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	a, err := lab06Accounted(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(a.good) >= lab06Wanted {
		return labs.Done("%s in Avro, each with its customer as key, placed by murmur2, by an idempotent producer", check.Count(int64(len(a.good)), "order")), nil
	}
	observed := fmt.Sprintf("%d like that, of %s", len(a.good), check.Count(int64(a.all), "new record"))
	if f := a.fault(); f != "" {
		observed += "; " + f
	}
	return labs.NotYet(fmt.Sprintf("%d new orders in %s: Avro, the customer as key, the order's id in the header id, placed by murmur2, by an idempotent producer", lab06Wanted, env.Name("orders")),
		observed, "look at the records of "+env.Name("orders")), nil
}

func lab06PublishedNudge(ctx context.Context, env *labs.Env) (string, error) {
	a, err := lab06Accounted(ctx, env)
	if err != nil {
		return "", err
	}
	switch f := a.fault(); {
	case a.all == 0:
		return "Nothing has arrived yet. publish() fills a buffer; only flush() waits until it is empty.", nil
	case f != "":
		return "The first thing to look at: " + f + ".", nil
	}
	return fmt.Sprintf("%d orders are as they should be; %d are wanted.", len(a.good), lab06Wanted), nil
}

func lab06PublishAsJava(ctx context.Context, env *labs.Env) error {
	return lab06Publish(ctx, env, check.Murmur2)
}

// lab06Publish writes the orders as producer.php does, with a partitioner.
func lab06Publish(ctx context.Context, env *labs.Env, partition func(key []byte, n int) int32) error {
	schema, err := lab06Schema(ctx, env)
	if err != nil {
		return err
	}
	encoder, err := decode.NewEncoder(schema, "")
	if err != nil {
		return err
	}
	t, _, err := check.Topic(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	var records []kafka.NewRecord
	for i := 1; i <= lab06Wanted; i++ {
		text, err := json.Marshal(lab06Order{
			ID: "o-" + strconv.Itoa(i), Customer: "c-" + strconv.Itoa(i%100), Cents: 500 + int64(i)*101%20_000,
			Payment: []string{"CARD", "INVOICE", "PAYPAL"}[i%3], Placed: env.Clock().UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		})
		if err != nil {
			return err
		}
		r := labs.Record(t.Name, "c-"+strconv.Itoa(i%100), "")
		if r.Value, err = encoder.Append(nil, text); err != nil {
			return err
		}
		r.Partition = partition(r.Key, len(t.Partitions))
		r.Headers = []kafka.Header{{Key: "id", Value: []byte("o-" + strconv.Itoa(i))}}
		records = append(records, r)
	}
	_, err = env.Produce(ctx, records...)
	return err
}
