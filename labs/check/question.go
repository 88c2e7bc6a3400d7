package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kconsole/labs"
)

// Choice asks to choose; answer is the right one of choices, or its number from
// 1. why explains any of the choices, also the right one.
func Choice(prompt string, choices []string, answer string, why func(choice string) string) labs.Question {
	return labs.Question{Prompt: prompt, Choices: choices, Answer: answer, Accept: func(given string) (bool, string) {
		if n, err := strconv.Atoi(given); err == nil && n >= 1 && n <= len(choices) && !slices.Contains(choices, given) {
			given = choices[n-1]
		}
		for _, c := range choices {
			if strings.EqualFold(c, given) {
				return c == answer, why(c)
			}
		}
		return false, "That is none of the choices: " + strings.Join(choices, " · ") + "."
	}}
}

// Number asks for a whole number that may be off by tolerance. why explains an
// answer, given how it compares with the right one.
func Number(prompt string, answer, tolerance int64, why func(given int64, right bool) string) labs.Question {
	return labs.Question{Prompt: prompt, Answer: strconv.FormatInt(answer, 10), Accept: func(given string) (bool, string) {
		n, err := strconv.ParseInt(strings.NewReplacer(",", "", "_", "", " ", "").Replace(given), 10, 64)
		if err != nil {
			return false, fmt.Sprintf("%q is no whole number.", given)
		}
		right := n >= answer-tolerance && n <= answer+tolerance
		return right, why(n, right)
	}}
}

// Text asks for a word or a name; case and spaces around it do not count. Several
// answers may be right, the first is the one that is shown.
func Text(prompt string, answers []string, why func(given string, right bool) string) labs.Question {
	return labs.Question{Prompt: prompt, Answer: answers[0], Accept: func(given string) (bool, string) {
		right := slices.ContainsFunc(answers, func(a string) bool { return strings.EqualFold(a, given) })
		return right, why(given, right)
	}}
}
