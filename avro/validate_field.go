package avro

import "fmt"

// field checks a field's type, default and logical type.
func (v *validator) field(f *jsonTree, ns, path string, depth int) {
	typ, ok := f.member("type")
	if !ok {
		v.add(f.at, path, false, `add "type"`, "the field has no type")
		return
	}
	v.schema(typ, ns, path, depth+1)
	if lt, ok := f.member("logicalType"); ok && typ.shape == shapeText {
		v.add(lt.at, path, true,
			fmt.Sprintf(`write "type": {"type": %s, "logicalType": %s}`, quoteJSON(clip(typ.text, 40)), quoteJSON(clip(lt.text, 40))),
			"logicalType stands beside the type, where the specification and Java ignore it")
	}
	if d, ok := f.member("default"); ok {
		v.fieldDefault(typ, d, path)
	}
}

// logicalType warns of logical types that have no effect.
func (v *validator) logicalType(t *jsonTree, base, path string) {
	lt, ok := t.member("logicalType")
	if !ok || lt.shape != shapeText {
		return
	}
	size, _ := t.member("size")
	n := 0
	if size != nil {
		whole, _ := wholeNumber(size.text)
		n = int(whole)
	}
	if logicalOf(lt.text, kindByName[base], n) == NoLogical {
		known := logicalNames[1:]
		for _, l := range known {
			if l == lt.text {
				v.add(lt.at, path, true, "see the specification for the type that carries it", "%s on %s has no effect", lt.text, base)
				return
			}
		}
		v.add(lt.at, path, true, "", "the logical type %q is not in the specification and has no effect%s", clip(lt.text, 40), nearest(lt.text, known))
	}
	if lt.text != "decimal" || base != "bytes" && base != "fixed" {
		return
	}
	precision, ok := t.member("precision")
	p, s := int64(0), int64(0)
	if ok {
		p, _ = wholeNumber(precision.text)
	}
	if scale, ok := t.member("scale"); ok {
		s, _ = wholeNumber(scale.text)
	}
	if p < 1 {
		v.add(t.at, path, false, `add "precision", the number of digits`, "a decimal needs a precision")
	} else if s > p || s < 0 {
		v.add(t.at, path, false, "a scale is at most the precision", "scale %d with precision %d", s, p)
	}
}

// fieldDefault checks the JSON form of a default against the type.
func (v *validator) fieldDefault(typ, d *jsonTree, path string) {
	if typ.shape == shapeArray && len(typ.items) > 0 {
		if wanted := shapesOf(&typ.items[0]); wanted == 0 || d.shape&wanted != 0 {
			return
		}
		for i := range typ.items {
			if wanted := shapesOf(&typ.items[i]); wanted == 0 || d.shape&wanted != 0 {
				v.add(d.at, path, true, "put the type of the default first in the union", "the default is for a branch that is not the first, which many clients refuse (Java did before AVRO-3649)")
				return
			}
		}
	}
	if wanted := shapesOf(typ); wanted != 0 && d.shape&wanted == 0 {
		fix := "write a default of the type"
		if d.shape == shapeNull {
			fix = `let the type be ["null", ...] if it may be empty`
		}
		v.add(d.at, path, false, fix, "%s is no default for this type", d.describe())
	}
}

// shapesOf is the JSON forms that a default of a type may have; 0 if that is
// not known from the text alone.
func shapesOf(typ *jsonTree) (s jsonShape) {
	name := typ.text
	switch typ.shape {
	case shapeObject:
		if name = typ.string("type"); name == "" {
			return 0
		}
	case shapeArray:
		for i := range typ.items {
			b := shapesOf(&typ.items[i])
			if b == 0 {
				return 0
			}
			s |= b
		}
		return s
	}
	k, ok := kindByName[name]
	switch {
	case !ok:
		return 0
	case k == Float || k == Double: // NaN is text
		return 0
	case k == Record:
		return shapeObject
	}
	return (&Type{Kind: k}).shape()
}

// withoutPlace removes the place that parseJSON adds to its errors.
func withoutPlace(s string) string {
	for i := len(s) - 1; i > 0; i-- {
		if s[i] == '(' && s[i-1] == ' ' {
			return s[:i-1]
		}
	}
	return s
}

// jsonErrorOffset is where text stops being JSON.
func jsonErrorOffset(text []byte) int {
	p := newJSONParser(text)
	_, err := p.value(0)
	return p.errorAt(err) // without an error, something follows the value
}
