package tail

import (
	"testing"
	"time"
)

func TestParsePosition(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 23, 14, 2, 10, 0, zone)
	at := func(y int, mo time.Month, d, h, mi, s int, z *time.Location) Position {
		return Position{Kind: Time, At: time.Date(y, mo, d, h, mi, s, 0, z)}
	}
	for in, want := range map[string]Position{
		"":                              {},
		"start":                         {Kind: Start},
		"end":                           {Kind: End},
		"offset:0":                      {Kind: Offset},
		"offset:9223372036854775807":    {Kind: Offset, Value: 1<<63 - 1},
		"-5":                            {Kind: Last, Value: 5},
		"-0":                            {Kind: Last},
		"since:5m":                      {Kind: Since, Ago: 5 * time.Minute},
		"since:3d":                      {Kind: Since, Ago: 72 * time.Hour},
		"since:1d12h":                   {Kind: Since, Ago: 36 * time.Hour},
		"time:2026-11-22T10:00:00Z":     at(2026, 11, 22, 10, 0, 0, time.UTC),
		"time:2026-11-22T10:00:00":      at(2026, 11, 22, 10, 0, 0, zone),
		"time:2026-11-22 10:00":         at(2026, 11, 22, 10, 0, 0, zone),
		"time:2026-11-22":               at(2026, 11, 22, 0, 0, 0, zone),
		"time:09:30":                    at(2026, 11, 23, 9, 30, 0, zone),
		"time:09:30:15":                 at(2026, 11, 23, 9, 30, 15, zone),
		"time:1795442530123":            {Kind: Time, At: time.UnixMilli(1795442530123)},
		"time:100000000000":             {Kind: Time, At: time.UnixMilli(1e11)},
		"time:2026-11-22T10:00:00.250Z": {Kind: Time, At: time.Date(2026, 11, 22, 10, 0, 0, 250e6, time.UTC)},
	} {
		got, err := parsePosition(in, now)
		if err != nil || got.Kind != want.Kind || got.Value != want.Value || got.Ago != want.Ago || !got.At.Equal(want.At) {
			t.Errorf("%q: %+v, %v, want %+v", in, got, err, want)
		}
		if again, err := parsePosition(got.String(), now); err != nil || again.Kind != got.Kind || !again.At.Equal(got.At) || again.Ago != got.Ago || again.Value != got.Value {
			t.Errorf("%q prints as %q, which reads as %+v, %v", in, got, again, err)
		}
	}
	for _, in := range []string{
		"begin", "5", "-", "-x", "--5", "offset:", "offset:-1", "offset:1.5", "offset:99999999999999999999",
		"time:", "time:yesterday", "since:", "since:-5m", "since:+5m", "since:5", "since:d", "since:99999999d", "from:1", ":",
		"time:0", "time:2020", "time:20201123", "time:1795442530", "time:99999999999", // no milliseconds: they would be in 1970
	} {
		if got, err := parsePosition(in, now); err == nil {
			t.Errorf("%q is taken for %+v", in, got)
		}
	}
}
