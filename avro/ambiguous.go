package avro

// jsonShape is the set of JSON forms that a value of a type takes in the
// output for people; two branches of a union that share one cannot be told
// apart without the branch's name.
type jsonShape uint8

const (
	shapeNull jsonShape = 1 << iota
	shapeBool
	shapeNumber
	shapeText
	shapeObject
	shapeArray
)

func (t *Type) shape() jsonShape {
	switch t.Logical {
	case Decimal:
		return shapeNumber
	case UUID, Duration:
		return shapeText
	case NoLogical:
	default: // a time out of range is shown as the number it is
		return shapeText | shapeNumber
	}
	switch t.Kind {
	case Null:
		return shapeNull
	case Boolean:
		return shapeBool
	case Int, Long, Float, Double:
		return shapeNumber
	case String, Bytes, Enum, Fixed:
		return shapeText
	case Array:
		return shapeArray
	}
	return shapeObject
}

// setShapes notes which JSON forms the branches of a union have, and which of
// them more than one has.
func (t *Type) setShapes() {
	for _, b := range t.Branches {
		s := b.shape()
		t.sharedShapes |= t.shapes & s
		t.shapes |= s
	}
}

// ambiguous reports whether a value of branch b of union t could be taken for
// another branch: it has the same form, or it is an object while ambiguous
// branches are written as objects that name them.
func (t *Type) ambiguous(b *Type) bool {
	s := b.shape()
	return s&t.sharedShapes != 0 || s == shapeObject && t.sharedShapes != 0
}

// hasTextBranch reports whether some branch of t is written as a JSON string.
func (t *Type) hasTextBranch() bool { return t.shapes&shapeText != 0 }
