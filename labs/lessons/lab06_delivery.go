package lessons

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func lab06Payments(ctx context.Context, env *labs.Env) error {
	return env.CreateTopic(ctx, env.Name("payments"), 1, 3)
}

// lab06NewPayments are the batches since the step began, and how many records are
// in those without a producer id.
func lab06NewPayments(ctx context.Context, env *labs.Env) (with []check.Batch, without int64, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, 0, err
	}
	batches, err := check.Batches(ctx, env, env.Name("payments"), base)
	for _, b := range batches {
		if b.ProducerID >= 0 {
			with = append(with, b)
		} else {
			without += b.Records
		}
	}
	return with, without, err
}

func lab06Idempotent(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	with, without, err := lab06NewPayments(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(with) == 0 {
		return labs.NotYet("a new batch in "+env.Name("payments")+" with a producer id", check.Count(without, "new record")+", all in batches without one",
			"only an idempotent producer gets an id, and that demands acks=all"), nil
	}
	return labs.Done("batches with a producer id: %d; records without one: %d", len(with), without), nil
}

func lab06WhichID(ctx context.Context, env *labs.Env) (labs.Question, error) {
	with, _, err := lab06NewPayments(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	if len(with) == 0 {
		return labs.Question{}, fmt.Errorf("the batches are not in %s any more", env.Name("payments"))
	}
	last := with[len(with)-1]
	prompt := fmt.Sprintf("Which producer id is in the batch of %s that begins at offset %d?", env.Name("payments"), last.BaseOffset)
	if len(with) == 1 {
		prompt = fmt.Sprintf("Which producer id is in the batch that you wrote to %s?", env.Name("payments"))
	}
	return check.Number(prompt, last.ProducerID, 0, func(given int64, right bool) string {
		if right {
			return "The cluster gave that id to the client when it started. With the sequence number in each batch the broker knows what it has already: a retry is not a second record."
		}
		return fmt.Sprintf("It is not %d. The id stands beside the bytes of the newest records.", given)
	}), nil
}

func lab06IDNudge(ctx context.Context, env *labs.Env) (string, error) {
	with, without, err := lab06NewPayments(ctx, env)
	if err != nil {
		return "", err
	}
	if len(with) > 0 {
		return "A producer with an id has written. The id is in the header of its batch.", nil
	}
	return fmt.Sprintf("New records without a producer id: %d. Leave --acks away: kconsole is idempotent by itself then.", without), nil
}

func lab06WritePayments(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for i := range 10 {
		records = append(records, labs.Record(env.Name("payments"), "p-"+strconv.Itoa(i), "a payment"))
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// The invoices: how many there are, what the topic takes at most, and how large
// the one is that is lost.
const (
	lab06InvoiceCount = 10
	lab06TopicLimit   = 10_000
	lab06Oversize     = 20_000
	lab06ClientLimit  = 1_000_000 // message.max.bytes of librdkafka
)

func lab06InvoiceKey(env *labs.Env, n int) string { return fmt.Sprintf("i-%s-%d", env.Nonce[:4], n) }

// lab06Lost is the number of the invoice that is too large, from 2 to 9.
func lab06Lost(env *labs.Env) int { return 2 + int(env.Nonce[2])%(lab06InvoiceCount-2) }

// lab06Invoices sends ten invoices as a program does that never asks what became
// of them. One is larger than the topic allows.
func lab06Invoices(ctx context.Context, env *labs.Env) error {
	topic := env.Name("invoices")
	if err := env.CreateTopic(ctx, topic, 1, 3, "max.message.bytes", strconv.Itoa(lab06TopicLimit)); err != nil {
		return err
	}
	there, err := lab06InvoicesThere(ctx, env)
	if err != nil || len(there) > 0 {
		return err
	}
	var small []kafka.NewRecord
	for n := 1; n <= lab06InvoiceCount; n++ {
		if n != lab06Lost(env) {
			small = append(small, labs.Record(topic, lab06InvoiceKey(env, n), `{"lines":1,"pdf":"`+strings.Repeat("x", 300)+`"}`))
		}
	}
	if _, err := env.Produce(ctx, small...); err != nil {
		return err
	}
	if err := lab06SendLarge(ctx, env); kafka.KindOf(err) == kafka.Unreachable || kafka.KindOf(err) == kafka.Timeout {
		return err
	}
	return nil // refused, and nobody looks
}

// lab06SendLarge sends the large invoice, and returns what the delivery report
// says. It is not compressed: the limit is for the batch as it is sent.
func lab06SendLarge(ctx context.Context, env *labs.Env) error {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Compression: "none"})
	if err != nil {
		return err
	}
	defer p.Close()
	text := `{"lines":120,"pdf":"` + strings.Repeat("x", lab06Oversize) + `"}`
	return p.Produce(ctx, labs.Record(env.Name("invoices"), lab06InvoiceKey(env, lab06Lost(env)), text))[0].Err
}

// lab06InvoicesThere counts the records of each invoice of this run.
func lab06InvoicesThere(ctx context.Context, env *labs.Env) (map[string]int, error) {
	records, err := check.Records(ctx, env, env.Name("invoices"), nil)
	if err != nil {
		return nil, err
	}
	there := map[string]int{}
	for n := 1; n <= lab06InvoiceCount; n++ {
		for i := range records {
			if key := lab06InvoiceKey(env, n); string(records[i].Key) == key {
				there[key]++
			}
		}
	}
	return there, nil
}

func lab06AllInvoices(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	there, err := lab06InvoicesThere(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(there) == lab06InvoiceCount {
		return labs.Done("all %d invoices are in %s", lab06InvoiceCount, env.Name("invoices")), nil
	}
	return labs.NotYet(fmt.Sprintf("all of the %d invoices %s to %s in %s", lab06InvoiceCount, lab06InvoiceKey(env, 1), lab06InvoiceKey(env, lab06InvoiceCount), env.Name("invoices")),
		fmt.Sprintf("%d of them", len(there)), "read the keys of the topic: which one is missing?"), nil
}

func lab06InvoicesNudge(ctx context.Context, env *labs.Env) (string, error) {
	there, err := lab06InvoicesThere(ctx, env)
	if err != nil {
		return "", err
	}
	if len(there) == lab06InvoiceCount {
		return "All are there.", nil
	}
	limit, err := lab06Limit(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d keys are there. The topic takes %d bytes at most; the missing invoice has more than %d.", len(there), lab06InvoiceCount, limit, lab06Oversize), nil
}

// lab06Limit is the topic's limit, as it is now.
func lab06Limit(ctx context.Context, env *labs.Env) (int64, error) {
	configs, err := env.Cluster.TopicConfigs(ctx, env.Name("invoices"))
	if err != nil {
		return 0, err
	}
	for _, c := range configs {
		if c.Err != nil {
			return 0, c.Err
		}
		for _, e := range c.Entries {
			if e.Name == "max.message.bytes" {
				return strconv.ParseInt(e.Value, 10, 64)
			}
		}
	}
	return 0, fmt.Errorf("the limit max.message.bytes of %s is not told", env.Name("invoices"))
}

// lab06WhoNotices asks about a size that one of two limits refuses: the topic's or
// the client's, by run.
func lab06WhoNotices(ctx context.Context, env *labs.Env) (labs.Question, error) {
	limit, err := lab06Limit(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	const (
		client = "the client, at once: produce() throws an exception"
		broker = "the broker: the delivery report of this record has the error"
		flush  = "the broker: flush() returns an error"
		nobody = "nobody: the record is written, cut to the limit"
	)
	size, answer := limit+5_000, broker
	if env.Nonce[3]%2 == 0 {
		size = 2 * lab06ClientLimit
	}
	if size > lab06ClientLimit {
		answer = client
	}
	prompt := fmt.Sprintf("The topic takes %d bytes now. php-rdkafka, with its defaults, is given a record of %d bytes. Who refuses it, and how do you hear of it?", limit, size)
	return check.Choice(prompt, []string{client, broker, flush, nobody}, answer, func(choice string) string {
		switch {
		case choice == answer && answer == broker:
			return fmt.Sprintf("It is below the client's own limit (message.max.bytes, %d), so it is sent. The topic's max.message.bytes refuses it, and only the delivery report tells.", lab06ClientLimit)
		case choice == answer:
			return fmt.Sprintf("It is above the client's own limit (message.max.bytes, %d): nothing is sent, and the call itself fails.", lab06ClientLimit)
		case choice == flush:
			return "flush() waits until nothing is left in the queue, and a refused record is not in the queue any more: it returns success."
		case choice == nobody:
			return "A record is written as it is, or not at all."
		}
		return fmt.Sprintf("Compare the size with both limits: message.max.bytes of librdkafka is %d, max.message.bytes of the topic is %d.", lab06ClientLimit, limit)
	}), nil
}

// lab06SendAgain sends what is missing, as small records that say where the large
// part is.
func lab06SendAgain(ctx context.Context, env *labs.Env) error {
	there, err := lab06InvoicesThere(ctx, env)
	if err != nil {
		return err
	}
	for n := 1; n <= lab06InvoiceCount; n++ {
		key := lab06InvoiceKey(env, n)
		if there[key] > 0 {
			continue
		}
		env.Say("%s is missing: send it again, with the place of the PDF instead of the PDF", key)
		if _, err := env.Produce(ctx, labs.Record(env.Name("invoices"), key, `{"lines":120,"pdf_at":"https://files.example.com/`+key+`.pdf"}`)); err != nil {
			return err
		}
	}
	return nil
}
