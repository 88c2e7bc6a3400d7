package labs

import (
	"fmt"
	"strings"
	"text/template"

	"kconsole/kafka/config"
)

// Render fills in the placeholders of a lab's text, which is Markdown:
//
//	{{name "orders"}}     the full name of a topic, group, user ...: lab.02.orders
//	{{topic "orders"}}    the same; also group, user
//	{{subject "orders"}}  the subject of a topic's values: lab.02.orders-value
//	{{nonce}}             what marks this run
//	{{brokers}}           the bootstrap servers, separated by commas
//	{{registry}}          the registry's address
//	{{dir}}               the directory with lab.yaml, ca.pem, client.properties, .env
func (l *Lab) Render(text, nonce string, cl config.Cluster) (string, error) {
	name := func(short string) string { return Prefix(l.ID) + short }
	registry, dir := "", ""
	if cl.Registry != nil {
		registry = cl.Registry.URL
	}
	if cl.Lab != nil {
		dir = cl.Lab.Dir
	}
	t, err := template.New(l.ID).Option("missingkey=error").Funcs(template.FuncMap{
		"name": name, "topic": name, "group": name, "user": name,
		"subject":  func(topic string) string { return name(topic) + "-value" },
		"nonce":    func() string { return nonce },
		"brokers":  func() string { return strings.Join(cl.Brokers, ",") },
		"registry": func() string { return registry },
		"dir":      func() string { return dir },
	}).Parse(text)
	if err != nil {
		return "", fmt.Errorf("lab %s: %w", l.ID, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", fmt.Errorf("lab %s: %w", l.ID, err)
	}
	return b.String(), nil
}

// texts renders every text once, so that a wrong placeholder is found by loading.
func (v *validator) texts(l *Lab) {
	try := func(at, text string) {
		if _, err := l.Render(text, "nonce", config.Cluster{}); err != nil {
			v.fail(at, "%s", strings.TrimPrefix(err.Error(), "lab "+l.ID+": template: "+l.ID+":"))
		}
	}
	for i := range l.Steps {
		s, at := &l.Steps[i], fmt.Sprintf("$.steps[%d]", i)
		try(at+".text", s.Text)
		try(at+".simulated", s.Simulated)
		try(at+".hints.screen", s.Screen)
		try(at+".hints.command", s.Command)
		try(at+".show.arg", s.Show.Arg)
	}
	try("$.explanation", l.Explanation)
}
