package tailbox

import (
	"context"

	"kconsole/kafka"
)

// Made counts the records that were decoded for rows so far.
func (v *View) Made() int { return v.previews.made }

// Kept is what the previews take, in bytes.
func (v *View) Kept() int { return v.previews.bytes }

// MatchRaw matches a record that nothing has decoded.
func (f *Filter) MatchRaw(rec *kafka.Record) bool { return f.finder.Match(context.Background(), rec) }
