package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab05Setting is the key of the setting that is wrong.
const lab05Setting = "schema.registry.url"

const (
	lab05WrongPort   = "the port: nothing that speaks for this registry listens there"
	lab05WrongScheme = "the scheme: http and https were mixed up"
	lab05WrongPath   = "the path: the registry has no such place"
)

// lab05RightURL is the first of the registry's addresses.
func lab05RightURL(env *labs.Env) string {
	first, _, _ := strings.Cut(env.Config().Registry.URL, ",")
	return strings.TrimSuffix(strings.TrimSpace(first), "/")
}

// lab05WrongURL is what the service was given in this run, and what is wrong in it.
func lab05WrongURL(env *labs.Env) (address, what string, err error) {
	u, err := url.Parse(lab05RightURL(env))
	if err != nil {
		return "", "", err
	}
	switch env.Nonce[3] % 3 {
	case 0:
		port := "8081" // the one of every example
		if u.Port() == port {
			port = "8085"
		}
		u.Host, what = u.Hostname()+":"+port, lab05WrongPort
	case 1:
		u.Scheme, what = map[string]string{"https": "http", "http": "https"}[u.Scheme], lab05WrongScheme
	default:
		u.Path, what = u.Path+"/registry", lab05WrongPath
	}
	return u.String(), what, nil
}

// lab05Value is the newest value of the setting; "" where there is none.
func lab05Value(ctx context.Context, env *labs.Env) (string, error) {
	records, err := check.Records(ctx, env, env.Name("settings"), nil)
	value := ""
	for i := range records {
		if string(records[i].Key) == lab05Setting {
			value = strings.TrimSpace(string(records[i].Record.Value))
		}
	}
	return value, err
}

// lab05Welcome has the service welcome running, with the settings of the topic.
func lab05Welcome(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "log"); err != nil { // of the step before
		return err
	}
	if err := lab05Filled(ctx, env); err != nil {
		return err
	}
	if err := env.CreateTopic(ctx, env.Name("settings"), 1, 3, "cleanup.policy", "compact"); err != nil {
		return err
	}
	if err := env.CreateTopic(ctx, env.Name("welcome"), 1, 3); err != nil {
		return err
	}
	set, err := lab05Value(ctx, env)
	if err != nil {
		return err
	}
	if set == "" {
		wrong, _, err := lab05WrongURL(env)
		if err != nil {
			return err
		}
		if _, err := env.Produce(ctx, labs.Record(env.Name("settings"), lab05Setting, wrong)); err != nil {
			return err
		}
	}
	if env.Services.Get("welcome") != nil {
		return nil
	}
	env.Say("start the service welcome (group %s)", env.Name("welcome"))
	s, err := env.Services.StartConsumer(services.Consumer{
		Name: "welcome", About: "welcomes each user; its settings are in " + env.Name("settings"), Group: env.Name("welcome"),
		Topics: []string{env.Name("users")}, OnError: services.Retry,
		Handle: func(ctx context.Context, d *services.Delivery) error { return lab05Greet(ctx, env, d) },
	})
	if err != nil {
		return err
	}
	return s.Ready(ctx)
}

// lab05Greet reads a record by the registry that the settings name, and writes the
// user's line. A record that is no user is left out.
func lab05Greet(ctx context.Context, env *labs.Env, d *services.Delivery) error {
	address, err := lab05Value(ctx, env)
	if err != nil {
		return err
	}
	http, err := env.Config().Registry.HTTPClient()
	if err != nil {
		return err
	}
	defer http.CloseIdleConnections()
	reg, err := registry.New(registry.Options{URL: address, HTTP: http})
	if err != nil {
		return fmt.Errorf("%s = %q: %w", lab05Setting, address, err)
	}
	defer reg.Close()
	raw, result := decode.New(reg, decode.Options{}).Decode(ctx, nil, decode.Input{Topic: d.Topic, Data: d.Value})
	if result.SchemaID == 0 {
		return nil
	}
	if result.Err != nil {
		return fmt.Errorf("schema %d from %s: %w", result.SchemaID, address, result.Err)
	}
	var u lab05User
	if err := json.Unmarshal(raw, &u); err != nil || u.ID == "" {
		return nil // another schema's record: not for this service
	}
	return lab05Line(ctx, d, env.Name("welcome"), u)
}

func lab05WhatWasWrong(_ context.Context, env *labs.Env) (labs.Question, error) {
	wrong, answer, err := lab05WrongURL(env)
	if err != nil {
		return labs.Question{}, err
	}
	choices := []string{lab05WrongPort, lab05WrongScheme, lab05WrongPath}
	prompt := fmt.Sprintf("It was %s. What was wrong in it?", wrong)
	return check.Choice(prompt, choices, answer, func(choice string) string {
		if choice != answer {
			return fmt.Sprintf("Compare it with %s: that part is the same in both.", lab05RightURL(env))
		}
		switch answer {
		case lab05WrongPort:
			return "A refused connection is in Guzzle \"cURL error 7\". Take the port from where the registry was configured, not from an example."
		case lab05WrongScheme:
			return "A server that speaks TLS calls plain text a bad request, or hangs up; the other way round the handshake fails (\"cURL error 35\")."
		}
		return "Something answered, over TLS, with 404. That is no network problem: the address is right and what follows it is not."
	}), nil
}

func lab05URLNudge(ctx context.Context, env *labs.Env) (string, error) {
	set, err := lab05Value(ctx, env)
	if err != nil {
		return "", err
	}
	if set == lab05RightURL(env) {
		return "The URL is right now. The service tries again by itself, and works off its lag.", nil
	}
	return fmt.Sprintf("The service uses %q. What does `curl -sS --cacert %s/ca.pem` say about that address, with /subjects behind it?", set, env.Config().Lab.Dir), nil
}

func lab05SetURL(ctx context.Context, env *labs.Env) error {
	_, err := env.Produce(ctx, labs.Record(env.Name("settings"), lab05Setting, lab05RightURL(env)))
	return err
}
