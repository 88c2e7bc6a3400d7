package kafkaconf

import "testing"

func TestArgumentFile(t *testing.T) {
	got := string(JavaArgFile([]string{"-Da=b c", `-Dq="x"`, `C:\dir`, "#no comment"}))
	want := "\"-Da=b c\"\n\"-Dq=\\\"x\\\"\"\n\"C:\\\\dir\"\n\"#no comment\"\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestPropertyValues(t *testing.T) {
	for value, want := range map[string]string{
		"/home/a b/c=d:e#f": "/home/a b/c=d:e#f", `C:\x`: `C:\\x`, "/jörg/😀": `/j\u00f6rg/\ud83d\ude00`, "a\nb": `a\u000ab`,
	} {
		if got := EscapeValue(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}
