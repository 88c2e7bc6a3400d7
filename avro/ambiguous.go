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

// ambiguous reports whether a value of branch b of union u looks like a value
// of another branch. A record or map also counts as ambiguous when it could
// be taken for the name that an ambiguous branch carries, which happens only
// when both are objects.
func (u *Type) ambiguous(b *Type) bool {
	s := b.shape()
	tagged := false // some other branch is written as an object with its name
	for i, c := range u.Branches {
		if c == b {
			continue
		}
		if c.shape()&s != 0 {
			return true
		}
		for _, d := range u.Branches[i+1:] {
			if d != b && c.shape()&d.shape() != 0 {
				tagged = true
			}
		}
	}
	return tagged && s == shapeObject
}

// hasTextBranch reports whether some branch of u is written as a JSON string.
func (u *Type) hasTextBranch() bool {
	for _, b := range u.Branches {
		if b.shape()&shapeText != 0 {
			return true
		}
	}
	return false
}
