package avro

// Limits bound what one record may cost. A zero field means its default.
type Limits struct {
	// Depth is how many arrays, maps and recursive records may be open inside
	// each other. Default 512.
	Depth int
	// Output is how many bytes of JSON one record may become. Default 16 MiB.
	Output int
	// EmptyItems is how many items an array may hold when an item takes no
	// bytes (null, an empty record). Default 16,384.
	EmptyItems int
}

const (
	defaultDepth      = 512
	defaultOutput     = 16 << 20
	defaultEmptyItems = 1 << 14
)

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Output <= 0 {
		l.Output = defaultOutput
	}
	if l.EmptyItems <= 0 {
		l.EmptyItems = defaultEmptyItems
	}
	return l
}
