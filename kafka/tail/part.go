package tail

import (
	"fmt"
	"strconv"
	"time"

	"kconsole/kafka"
)

// part is one partition being read. It belongs to the manager or to one fetcher
// at a time, and goes from one to the other through a channel or an inbox.
type part struct {
	id     int32
	leader int32
	next   int64 // offset to read next; negative: to be found
	until  int64 // stop before it; negative: never, or not known yet
	closed bool  // until lies in the log as it was when the reader was opened
	reset  bool  // next fell out of the log: find the nearest place in it
	fresh  bool  // appeared while reading: read from its start
	done   bool

	topicID [16]byte  // of the topic that next belongs to
	tries   int       // failures in a row
	retryAt time.Time // not to be handed out before

	err      error     // what keeps it from being read
	since    time.Time // since when; zero: it is read
	reported time.Time // when that was last told
	behind   int64     // what it last added to the reader's total
}

// fail notes why it cannot be read, and when to try again: at once after the
// first failure (a leader moved), then with growing pauses. A nil error is
// nothing to tell anybody about.
func (p *part) fail(err error, now time.Time) {
	if err != nil {
		p.err = err
		if p.since.IsZero() {
			p.since = now
		}
	}
	p.retryAt = now
	if p.tries++; p.tries > 1 {
		p.retryAt = now.Add(min(retryFirst<<min(p.tries-2, 8), retryMost))
	}
}

func (p *part) works() { p.err, p.since, p.reported, p.tries = nil, time.Time{}, time.Time{}, 0 }

// finished tells whether all that was asked for has been read.
func (p *part) finished() bool { return p.until >= 0 && p.next >= p.until }

func name(topic string, partition int32) string { return topic + "/" + strconv.Itoa(int(partition)) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// lost is the report about records that were gone before they were read.
func lost(topic string, p *part, from, to int64) error {
	if to > from {
		return &kafka.Error{
			What: "partition " + name(topic, p.id) + " cannot be read from offset " + itoa(from),
			Why:  fmt.Sprintf("the log starts at %d: what was before has been deleted (retention, or delete-records)", to),
			Do:   "reading goes on there", Kind: kafka.Other,
		}
	}
	return &kafka.Error{
		What: "partition " + name(topic, p.id) + " cannot be read from offset " + itoa(from),
		Why:  fmt.Sprintf("the log now ends at %d: records were lost (truncated by an unclean election, or the topic was made anew)", to),
		Do:   "reading goes on there", Kind: kafka.Other,
	}
}
