package cmd

import (
	"fmt"
	"text/tabwriter"

	"kconsole/kafka/load"
	"kconsole/ui/loadtext"
)

// loadLine shows on a terminal how a load is going: one line, written anew.
type loadLine struct {
	app   *app
	wrote bool
}

// loadProgress lets a load report to the terminal; without one it stays silent.
func (a *app) loadProgress(o *load.Options) *loadLine {
	l := &loadLine{app: a}
	if !a.terminal {
		return l
	}
	o.Progress = l.show
	return l
}

const clearLine = "\r\x1b[K"

func (l *loadLine) show(p load.Progress) {
	l.wrote = true
	fmt.Fprint(l.app.err, clearLine+loadtext.Progress(p)+"  (ctrl-C ends it)")
}

// clear takes the line away, for the summary.
func (l *loadLine) clear() {
	if l.wrote {
		fmt.Fprint(l.app.err, clearLine)
	}
}

// printLoad prints how a load went.
func (a *app) printLoad(s load.Summary, format string) error {
	if format == "json" {
		return writeJSON(a.out, s)
	}
	w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	for _, row := range loadtext.Summary(s) {
		fmt.Fprintln(w, row.Name+"\t"+row.Text)
	}
	for _, row := range loadtext.Failures(s) {
		fmt.Fprintln(w, row.Name+"\t"+row.Text)
	}
	return w.Flush()
}
