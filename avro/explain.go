package avro

import (
	"fmt"
	"strings"
)

// Direction is who reads what when a schema is replaced.
type Direction uint8

// The two directions of compatibility.
const (
	// NewReadsOld: consumers with the new schema read old records (backward).
	NewReadsOld Direction = iota
	// OldReadsNew: consumers with an old schema read new records (forward).
	OldReadsNew
)

func (d Direction) String() string {
	if d == OldReadsNew {
		return "forward: consumers with the old schema read new records"
	}
	return "backward: consumers with the new schema read old records"
}

// Explain says in words what the conflict means when a schema is replaced,
// and what to change in the new schema to avoid it.
func (c Conflict) Explain(d Direction) (why, fix string) {
	said, ok := explanations[d][c.Rule]
	if !ok {
		return c.Rule.String(), ""
	}
	at := c.Path
	if at == "" {
		at = "the schema"
	}
	fill := strings.NewReplacer("{at}", at, "{writer}", c.Writer, "{reader}", c.Reader, "{symbol}", c.Symbol)
	return fill.Replace(said.why), fill.Replace(said.fix)
}

// explanation is a conflict in words. {at} stands for its place, {writer},
// {reader} and {symbol} for what Conflict has of these names.
type explanation struct{ why, fix string }

// explanations are those of each rule, by who reads what.
var explanations = map[Direction]map[Rule]explanation{
	NewReadsOld: {
		NoDefault: {
			"{at} is new and has no default, so old records, which lack it, cannot be read",
			"give {at} a default; if it may be empty, \"type\": [\"null\", ...] and \"default\": null",
		},
		TypeChanged: {
			"{at} was {writer} and is now {reader}, which cannot read it",
			"keep the type (int may become long, float or double; long float or double; float double; string bytes and back), or add a field under a new name with a default",
		},
		NameChanged: {
			"{at} was {writer} and is now {reader}: another name is another type",
			"keep the name, or add the old one to \"aliases\" of the new type",
		},
		SymbolUnknown: {
			"{at} lost the symbol {symbol}, which old records may hold",
			"keep the symbol, or give the enum a \"default\" symbol that stands for unknown ones",
		},
		SizeChanged: {
			"{at} was {writer} and is now {reader}",
			"keep the size, or add a field with a new fixed type and a default",
		},
		DecimalChanged: {
			"{at} was {writer} and is now {reader}: the digits of old records would be misread",
			"keep precision and scale, or add a field with the new decimal and a default",
		},
		BranchUnknown: {
			"{at} can be {symbol} in old records, and the new type ({reader}) has no place for it",
			"keep {symbol} among the branches of the union",
		},
		AliasClash: {
			"{at} takes both the old field of its name and the old field {symbol} through its alias",
			"remove the alias {symbol}",
		},
	},
	OldReadsNew: {
		NoDefault: {
			"{at} is gone, but consumers with the old schema need it: it has no default there",
			"keep {at}; only a field that had a default may be removed",
		},
		TypeChanged: {
			"{at} is now {writer}, and consumers with the old schema expect {reader}",
			"keep the type, or add a field under a new name and keep writing the old one",
		},
		NameChanged: {
			"{at} is now called {writer}, and consumers with the old schema know it as {reader}",
			"keep the name: aliases help new readers only",
		},
		SymbolUnknown: {
			"{at} gained the symbol {symbol}, which consumers with the old schema do not know",
			"leave the symbol out until all consumers have a schema with it, or with an enum \"default\"",
		},
		SizeChanged: {
			"{at} is now {writer}, and consumers with the old schema expect {reader}",
			"keep the size, or add a field under a new name",
		},
		DecimalChanged: {
			"{at} is now {writer}, and consumers with the old schema would misread its digits as {reader}",
			"keep precision and scale, or add a field under a new name",
		},
		BranchUnknown: {
			"{at} can now be {symbol}, and consumers with the old schema ({reader}) have no place for it",
			"leave {symbol} out of the union until all consumers have a schema with it",
		},
		AliasClash: {
			"in the old schema {at} takes both the field of its name and {symbol} through its alias",
			"rename the field {symbol}",
		},
	},
}

// Version is one registered version of a subject.
type Version struct {
	Number int
	Schema *Schema
}

// Violation is one reason why a level refuses a schema.
type Violation struct {
	Conflict
	Direction Direction
	// Version is the earlier version that it does not get along with.
	Version int
	// Why and Fix are the conflict in words.
	Why, Fix string
}

func (v Violation) String() string {
	return fmt.Sprintf("with version %d, %s: %s; %s", v.Version, v.Direction, v.Why, v.Fix)
}

// CheckLevel lists why a compatibility level refuses proposed as the next
// version after earlier, which is in ascending order; none means that it is
// accepted. The transitive levels look at every earlier version, the others
// at the last.
func CheckLevel(level Level, proposed *Schema, earlier []Version) []Violation {
	if !level.Transitive() && len(earlier) > 1 {
		earlier = earlier[len(earlier)-1:]
	}
	var out []Violation
	add := func(v Version, d Direction, conflicts []Conflict) {
		for _, c := range conflicts {
			why, fix := c.Explain(d)
			out = append(out, Violation{Conflict: c, Direction: d, Version: v.Number, Why: why, Fix: fix})
		}
	}
	for i := len(earlier) - 1; i >= 0; i-- { // the latest first: it matters most
		v := earlier[i]
		if level.Backward() {
			add(v, NewReadsOld, Compare(v.Schema, proposed))
		}
		if level.Forward() {
			add(v, OldReadsNew, Compare(proposed, v.Schema))
		}
	}
	return out
}

// PassingLevels lists the levels under which proposed would be accepted after
// earlier.
func PassingLevels(proposed *Schema, earlier []Version) []Level {
	var out []Level
	for _, l := range Levels() {
		if len(CheckLevel(l, proposed, earlier)) == 0 {
			out = append(out, l)
		}
	}
	return out
}
