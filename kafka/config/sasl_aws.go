package config

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
)

// awsKeys are one set of credentials.
type awsKeys struct {
	access  string
	secret  Secret
	session Secret
	until   time.Time // zero: they do not expire
}

// mechanism signs in as MSK's IAM does, with a request that is signed for ten
// minutes (Signature Version 4). A nil AWS is the environment's.
func (a *AWS) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	if a == nil {
		a = &AWS{}
	}
	if _, err := a.keys(ctx); err != nil {
		return nil, inSection("aws", err)
	}
	var mu sync.Mutex
	var last awsKeys
	return aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) {
		mu.Lock()
		defer mu.Unlock()
		if last.until.IsZero() || time.Until(last.until) < time.Minute {
			fresh, err := a.keys(ctx)
			if err != nil {
				return aws.Auth{}, inSection("sasl.aws", err)
			}
			last = fresh
		}
		return aws.Auth{AccessKey: last.access, SecretKey: last.secret.Reveal(), SessionToken: last.session.Reveal()}, nil
	}), nil
}

// keys looks in one place: the one that is configured, else the environment's.
func (a *AWS) keys(ctx context.Context) (awsKeys, error) {
	switch {
	case len(a.CredentialsCommand) > 0:
		return a.fromCommand(ctx, source{name: "credentials_command", command: a.CredentialsCommand})
	case a.AccessKey != "":
		secret, err := a.secretKey().resolve(ctx)
		if err != nil {
			return awsKeys{}, err
		}
		session, err := a.sessionToken().resolve(ctx)
		return awsKeys{access: a.AccessKey, secret: secret, session: session}, err
	case a.Profile != "":
		return a.fromProfile(ctx, a.Profile)
	}
	if id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"); id != "" && secret != "" {
		return awsKeys{access: id, secret: NewSecret(secret), session: NewSecret(os.Getenv("AWS_SESSION_TOKEN"))}, nil
	}
	profile := os.Getenv("AWS_PROFILE")
	if profile == "" {
		profile = "default"
	}
	return a.fromProfile(ctx, profile)
}

// fromCommand reads what a credential_process prints:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
func (a *AWS) fromCommand(ctx context.Context, s source) (awsKeys, error) {
	out, err := s.run(ctx)
	if err != nil {
		return awsKeys{}, err
	}
	var answer struct {
		Version                                   int
		AccessKeyID                               string `json:"AccessKeyId"`
		SecretAccessKey, SessionToken, Expiration string
	}
	if err := json.Unmarshal(out, &answer); err != nil || answer.Version != 1 || answer.AccessKeyID == "" || answer.SecretAccessKey == "" {
		return awsKeys{}, s.fail("%s did not print credentials as JSON of version 1; try [aws, configure, export-credentials, --format, process]", s.command[0])
	}
	keys := awsKeys{access: answer.AccessKeyID, secret: NewSecret(answer.SecretAccessKey), session: NewSecret(answer.SessionToken)}
	if answer.Expiration != "" {
		if keys.until, err = time.Parse(time.RFC3339, answer.Expiration); err != nil {
			return awsKeys{}, s.fail("%s printed an Expiration that is not a time of RFC 3339", s.command[0])
		}
	}
	return keys, nil
}

// fromProfile reads the shared files of the AWS tools, credentials before config.
func (a *AWS) fromProfile(ctx context.Context, profile string) (awsKeys, error) {
	home, _ := os.UserHomeDir()
	credentials := sharedFile("AWS_SHARED_CREDENTIALS_FILE", home, "credentials")
	config := sharedFile("AWS_CONFIG_FILE", home, "config")
	var values map[string]string
	for _, place := range []struct{ file, section string }{
		{credentials, profile},
		{config, "profile " + profile},
		{config, profile}, // as [default] is written there
	} {
		found, err := readINI(place.file, place.section)
		if err != nil {
			return awsKeys{}, err
		}
		if found != nil && values == nil {
			values = map[string]string{}
		}
		for k, v := range found {
			if _, have := values[k]; !have {
				values[k] = v
			}
		}
	}
	switch {
	case values["aws_access_key_id"] != "" && values["aws_secret_access_key"] != "":
		return awsKeys{
			access: values["aws_access_key_id"], secret: NewSecret(values["aws_secret_access_key"]),
			session: NewSecret(values["aws_session_token"]),
		}, nil
	case values["credential_process"] != "":
		return a.fromCommand(ctx, source{name: "profile", command: splitCommand(values["credential_process"])})
	case values != nil:
		return awsKeys{}, &Error{Key: "profile", Reason: `the profile "` + clip(profile) + `" holds no keys; for SSO and roles give credentials_command: [aws, configure, export-credentials, --profile, ` + clip(profile) + `, --format, process]`}
	}
	return awsKeys{}, &Error{Key: "profile", Reason: `there is no profile "` + clip(profile) + `" in ` + credentials + " or " + config + ", and AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY is not set"}
}

func sharedFile(env, home, name string) string {
	if path := os.Getenv(env); path != "" {
		return path
	}
	return filepath.Join(home, ".aws", name)
}

// readINI returns the keys of one section, nil when the file or section is not
// there.
func readINI(path, section string) (map[string]string, error) {
	raw, err := readBounded("profile", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var values map[string]string
	inside := false
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		text := strings.TrimSpace(lines.Text())
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case text[0] == '[':
			name, _, _ := strings.Cut(text[1:], "]")
			if inside = strings.Join(strings.Fields(name), " ") == section; inside && values == nil {
				values = map[string]string{}
			}
		case inside:
			if k, v, ok := strings.Cut(text, "="); ok {
				values[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
			}
		}
	}
	return values, nil
}

// splitCommand splits a credential_process line at spaces outside of double
// quotes, which is all the quoting that it has.
func splitCommand(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
