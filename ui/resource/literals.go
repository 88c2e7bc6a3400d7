package resource

import (
	"regexp/syntax"
	"slices"
)

// maxLiterals bounds how many texts are looked for in the place of an expression.
const maxLiterals = 24

// literals finds texts of which every match of an expression contains one, of
// each set in turn. With whole, the expression is nothing but these, with .*
// between them: a text matches if it contains them in this order. That is what
// people type, a|b, (pay|ord)-1, ord.*dead, and to look for a few texts is some
// twenty times as fast as to run an expression. None: nothing is known.
func literals(re *syntax.Regexp) (needs [][]string, whole bool) {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	// A search begins and ends anywhere: what may be nothing is, at both ends.
	for len(parts) > 0 && (parts[0].Op == syntax.OpStar || parts[0].Op == syntax.OpQuest) {
		parts = parts[1:]
	}
	for len(parts) > 0 && (parts[len(parts)-1].Op == syntax.OpStar || parts[len(parts)-1].Op == syntax.OpQuest) {
		parts = parts[:len(parts)-1]
	}
	run := []string{""}
	for i, part := range parts {
		if part.Op == syntax.OpStar && part.Sub[0].Op == syntax.OpAnyCharNotNL {
			needs = append(needs, run)
			run = []string{""}
			continue
		}
		set, ok := expand(part)
		if !ok || len(run)*len(set) > maxLiterals {
			break
		}
		run = product(run, set)
		whole = i == len(parts)-1
	}
	needs = append(needs, run)
	if whole && !slices.ContainsFunc(needs, func(set []string) bool { return slices.Contains(set, "") }) {
		return needs, true
	}
	if set := contained(re); len(set) > 0 {
		return [][]string{set}, false
	}
	return nil, false
}

// expand lists all texts that an expression stands for, if they are few.
func expand(re *syntax.Regexp) ([]string, bool) {
	if re.Flags&syntax.FoldCase != 0 && re.Op == syntax.OpLiteral {
		return nil, false
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, true
	case syntax.OpCharClass:
		var out []string
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if int(re.Rune[i+1]-re.Rune[i]) >= maxLiterals-len(out) {
				return nil, false
			}
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				out = append(out, string(r))
			}
		}
		return out, len(out) > 0
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpQuest:
		set, ok := expand(re.Sub[0])
		return append(set, ""), ok && len(set) < maxLiterals
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			set, ok := expand(sub)
			if !ok || len(out)+len(set) > maxLiterals {
				return nil, false
			}
			out = append(out, set...)
		}
		return out, true
	case syntax.OpConcat:
		out := []string{""}
		for _, sub := range re.Sub {
			set, ok := expand(sub)
			if !ok || len(out)*len(set) > maxLiterals {
				return nil, false
			}
			out = product(out, set)
		}
		return out, true
	}
	return nil, false
}

// product is each of a followed by each of b.
func product(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// contained lists texts of which every match contains one, as long as it finds.
func contained(re *syntax.Regexp) []string {
	if set, ok := expand(re); ok {
		if slices.Contains(set, "") {
			return nil
		}
		return set
	}
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return contained(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return contained(re.Sub[0])
		}
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			set := contained(sub)
			if len(set) == 0 || len(out)+len(set) > maxLiterals {
				return nil
			}
			out = append(out, set...)
		}
		return out
	case syntax.OpConcat:
		return best(re.Sub)
	}
	return nil
}

// best is the most telling set of a row of expressions: neighbours that stand
// for few texts are taken together.
func best(subs []*syntax.Regexp) []string {
	var found []string
	run := []string{""}
	better := func(set []string) {
		if len(set) > 0 && !slices.Contains(set, "") && (found == nil || telling(set) > telling(found)) {
			found = set
		}
	}
	for _, sub := range subs {
		set, ok := expand(sub)
		if ok && len(run)*len(set) <= maxLiterals {
			run = product(run, set)
			better(run)
			continue
		}
		run = []string{""}
		if ok {
			run = set
		}
		better(contained(sub))
	}
	return found
}

// telling is how much a set says: the shortest of its texts, and few of them.
func telling(set []string) int {
	least := len(set[0])
	for _, s := range set {
		least = min(least, len(s))
	}
	return least*maxLiterals - len(set)
}
