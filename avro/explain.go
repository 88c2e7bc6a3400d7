package avro

import "fmt"

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
	at := c.Path
	if at == "" {
		at = "the schema"
	}
	if d == OldReadsNew {
		return c.explainForward(at)
	}
	return c.explainBackward(at)
}

func (c Conflict) explainBackward(at string) (why, fix string) {
	switch c.Rule {
	case NoDefault:
		return fmt.Sprintf("%s is new and has no default, so old records, which lack it, cannot be read", at),
			fmt.Sprintf("give %s a default; if it may be empty, \"type\": [\"null\", ...] and \"default\": null", at)
	case TypeChanged:
		return fmt.Sprintf("%s was %s and is now %s, which cannot read it", at, c.Writer, c.Reader),
			"keep the type (int may become long, float or double; long float or double; float double; string bytes and back), or add a field under a new name with a default"
	case NameChanged:
		return fmt.Sprintf("%s was %s and is now %s: another name is another type", at, c.Writer, c.Reader),
			"keep the name, or add the old one to \"aliases\" of the new type"
	case SymbolUnknown:
		return fmt.Sprintf("%s lost the symbol %s, which old records may hold", at, c.Symbol),
			"keep the symbol, or give the enum a \"default\" symbol that stands for unknown ones"
	case SizeChanged:
		return fmt.Sprintf("%s was %s and is now %s", at, c.Writer, c.Reader),
			"keep the size, or add a field with a new fixed type and a default"
	case DecimalChanged:
		return fmt.Sprintf("%s was %s and is now %s: the digits of old records would be misread", at, c.Writer, c.Reader),
			"keep precision and scale, or add a field with the new decimal and a default"
	case BranchUnknown:
		return fmt.Sprintf("%s can be %s in old records, and the new type (%s) has no place for it", at, c.Symbol, c.Reader),
			fmt.Sprintf("keep %s among the branches of the union", c.Symbol)
	case AliasClash:
		return fmt.Sprintf("%s takes both the old field of its name and the old field %s through its alias", at, c.Symbol),
			fmt.Sprintf("remove the alias %s", c.Symbol)
	}
	return c.Rule.String(), ""
}

func (c Conflict) explainForward(at string) (why, fix string) {
	switch c.Rule {
	case NoDefault:
		return fmt.Sprintf("%s is gone, but consumers with the old schema need it: it has no default there", at),
			fmt.Sprintf("keep %s; only a field that had a default may be removed", at)
	case TypeChanged:
		return fmt.Sprintf("%s is now %s, and consumers with the old schema expect %s", at, c.Writer, c.Reader),
			"keep the type, or add a field under a new name and keep writing the old one"
	case NameChanged:
		return fmt.Sprintf("%s is now called %s, and consumers with the old schema know it as %s", at, c.Writer, c.Reader),
			"keep the name: aliases help new readers only"
	case SymbolUnknown:
		return fmt.Sprintf("%s gained the symbol %s, which consumers with the old schema do not know", at, c.Symbol),
			"leave the symbol out until all consumers have a schema with it, or with an enum \"default\""
	case SizeChanged:
		return fmt.Sprintf("%s is now %s, and consumers with the old schema expect %s", at, c.Writer, c.Reader),
			"keep the size, or add a field under a new name"
	case DecimalChanged:
		return fmt.Sprintf("%s is now %s, and consumers with the old schema would misread its digits as %s", at, c.Writer, c.Reader),
			"keep precision and scale, or add a field under a new name"
	case BranchUnknown:
		return fmt.Sprintf("%s can now be %s, and consumers with the old schema (%s) have no place for it", at, c.Symbol, c.Reader),
			fmt.Sprintf("leave %s out of the union until all consumers have a schema with it", c.Symbol)
	case AliasClash:
		return fmt.Sprintf("in the old schema %s takes both the field of its name and %s through its alias", at, c.Symbol),
			fmt.Sprintf("rename the field %s", c.Symbol)
	}
	return c.Rule.String(), ""
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
