package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro"
)

// bareConsume is the role of the shortest program with kgo that reads a number
// of records and does nothing with them.
func bareConsume(ctx context.Context, args []string) error {
	bytes := 0
	err := consume(ctx, args[0], args[1], args[2], func(rec *kgo.Record) error {
		bytes += len(rec.Value)
		return nil
	})
	sink += bytes
	return err
}

// consume hands over the first n records that come.
func consume(ctx context.Context, brokers, topic, n string, each func(*kgo.Record) error) error {
	left, err := strconv.Atoi(n)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	for left > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for records := fetches.RecordIter(); !records.Done() && left > 0; left-- {
			if err := each(records.Next()); err != nil {
				return err
			}
		}
	}
	return nil
}

// goavroText is the role of a program that turns records into JSON with goavro.
// With a path its output goes there, with the records' places.
func goavroText(ctx context.Context, args []string) error {
	codec, err := goavro.NewCodecForStandardJSONFull(workSchema)
	if err != nil {
		return err
	}
	path, placed := os.DevNull, len(args) > 3
	if placed {
		path = args[3]
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 64<<10)
	err = consume(ctx, args[0], args[1], args[2], func(rec *kgo.Record) error {
		if placed {
			fmt.Fprint(out, rec.Partition, " ", rec.Offset, " ")
		}
		return goavroLine(out, codec, rec.Value)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

func goavroLine(out io.Writer, codec *goavro.Codec, value []byte) error {
	_, payload, ok := avro.ParseConfluent(value)
	if !ok {
		return fmt.Errorf("%x does not name a schema", value)
	}
	native, _, err := codec.NativeFromBinary(payload)
	if err != nil {
		return err
	}
	text, err := codec.TextualFromNative(nil, native)
	if err != nil {
		return err
	}
	_, err = out.Write(append(text, '\n'))
	return err
}
