package avro

// Kind is the shape of a value on the wire, one per Avro type.
type Kind uint8

// The kinds of the Avro specification. An error type is a Record.
const (
	Null Kind = iota
	Boolean
	Int
	Long
	Float
	Double
	Bytes
	String
	Record
	Enum
	Array
	Map
	Union
	Fixed
)

var kindNames = [...]string{
	"null", "boolean", "int", "long", "float", "double", "bytes", "string",
	"record", "enum", "array", "map", "union", "fixed",
}

func (k Kind) String() string { return kindNames[k] }

// Named reports whether types of this kind carry a full name.
func (k Kind) Named() bool { return k == Record || k == Enum || k == Fixed }

// Logical is what a value means beyond its kind. A logical type that the
// specification does not allow on a kind is ignored, as it asks.
type Logical uint8

// The logical types of the Avro specification. UUID is legal on String and on
// a Fixed of 16 bytes, Decimal on Bytes and Fixed, Duration on a Fixed of 12.
const (
	NoLogical Logical = iota
	Decimal
	UUID
	Date
	TimeMillis
	TimeMicros
	TimestampMillis
	TimestampMicros
	TimestampNanos
	LocalTimestampMillis
	LocalTimestampMicros
	LocalTimestampNanos
	Duration
)

var logicalNames = [...]string{
	"", "decimal", "uuid", "date", "time-millis", "time-micros",
	"timestamp-millis", "timestamp-micros", "timestamp-nanos",
	"local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos", "duration",
}

func (l Logical) String() string { return logicalNames[l] }

// Type is one node of a compiled schema. A named type that is used twice is
// one Type reached by two pointers, and a recursive schema is a cycle of them.
// Types belong to their Schema and are shared: read only.
type Type struct {
	Kind    Kind
	Logical Logical

	Name    string   // full name of a record, enum or fixed
	Aliases []string // full names that a reader also answers to
	Doc     string

	Fields   []Field // of a record, in schema order
	Elem     *Type   // items of an array, values of a map
	Branches []*Type // of a union, in schema order
	Symbols  []string

	EnumDefault    string
	HasEnumDefault bool

	Size      int // bytes of a fixed
	Precision int // digits of a decimal
	Scale     int // digits after the point of a decimal

	bareAliases []string // aliases written without a namespace

	minSize int      // fewest bytes a value can take; a lower bound in recursive types
	quoted  []string // enum symbols as JSON strings

	shapes       jsonShape // of a union: the JSON forms of its branches,
	sharedShapes jsonShape // and those that several have
}

// Field is one field of a record.
type Field struct {
	Name    string
	Doc     string
	Aliases []string
	Type    *Type

	// Default is what a reader fills in when the writer has no such field, in
	// the Go types nil, bool, int32, int64, float32, float64, string, []byte,
	// []any and map[string]any. It is set only when HasDefault is true.
	Default    any
	HasDefault bool

	// Order is the sort order: "ascending", "descending", "ignore" or "".
	Order string
}

// TypeName is the name that Avro's JSON encoding gives a union branch of this
// type: the full name of a named type, else the kind.
func (t *Type) TypeName() string {
	if t.Kind.Named() {
		return t.Name
	}
	return t.Kind.String()
}

// Describe is the type in a few words for messages and tables, such as
// "string", "array of long", "decimal(10,2)", "union of null, string".
func (t *Type) Describe() string { return t.describe(3) }

func (t *Type) describe(depth int) string {
	if depth == 0 {
		return t.TypeName()
	}
	switch t.Kind {
	case Array:
		return "array of " + t.Elem.describe(depth-1)
	case Map:
		return "map of " + t.Elem.describe(depth-1)
	case Union:
		if i := t.nullableIndex(); i >= 0 {
			return "null or " + t.Branches[1-i].describe(depth-1)
		}
		s := "union of "
		for i, b := range t.Branches {
			if i > 0 {
				s += ", "
			}
			if i == 8 {
				return s + "..."
			}
			s += b.describe(depth - 1)
		}
		return s
	case Record, Enum:
		return t.Kind.String() + " " + t.Name
	}
	if t.Logical == Decimal {
		return "decimal(" + itoa(t.Precision) + "," + itoa(t.Scale) + ")"
	}
	if t.Logical != NoLogical {
		return t.Logical.String()
	}
	if t.Kind == Fixed {
		return "fixed " + t.Name + " of " + itoa(t.Size) + " bytes"
	}
	return t.Kind.String()
}

// logicalOf maps a schema's logicalType onto the kinds it is legal on.
func logicalOf(name string, k Kind, size int) Logical {
	switch name {
	case "decimal":
		if k == Bytes || k == Fixed {
			return Decimal
		}
	case "uuid":
		if k == String || (k == Fixed && size == 16) {
			return UUID
		}
	case "duration":
		if k == Fixed && size == 12 {
			return Duration
		}
	case "date":
		if k == Int {
			return Date
		}
	case "time-millis":
		if k == Int {
			return TimeMillis
		}
	default:
		if k != Long {
			return NoLogical
		}
		for l := TimeMicros; l <= LocalTimestampNanos; l++ {
			if logicalNames[l] == name {
				return l
			}
		}
	}
	return NoLogical
}
