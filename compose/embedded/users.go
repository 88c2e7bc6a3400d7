package embedded

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
)

// ensureUsers creates the configured users that this directory has never had.
// Those it had once are left alone: their passwords may have been changed
// since, or they may have been deleted, through Kafka's own API.
func (c *Cluster) ensureUsers(ctx context.Context) error {
	if c.cfg.Dir == "" || len(c.cfg.Users) == 0 {
		return nil // the engine has just made them all
	}
	path := filepath.Join(c.cfg.Dir, "users.json")
	var known []string
	raw, err := os.ReadFile(path)
	first := errors.Is(err, os.ErrNotExist)
	if err != nil && !first {
		return fmt.Errorf("embedded cluster users: %w", err)
	}
	if !first {
		if err := json.Unmarshal(raw, &known); err != nil {
			return fmt.Errorf("embedded cluster users: %s: %w", path, err)
		}
	}
	var ups []kmsg.AlterUserSCRAMCredentialsRequestUpsertion
	added := false
	for _, u := range c.cfg.Users {
		for _, m := range u.Mechanisms {
			key := m + "/" + u.Name
			if slices.Contains(known, key) {
				continue
			}
			known, added = append(known, key), true
			if first {
				continue
			}
			if m == Plain {
				return fmt.Errorf("embedded cluster: user %s cannot be given %s in %s, which is in use already: start with an empty directory, or use SCRAM", u.Name, Plain, c.cfg.Dir)
			}
			up, err := scramCredential(u.Name, u.Password, m)
			if err != nil {
				return err
			}
			ups = append(ups, up)
		}
	}
	if !added {
		return nil
	}
	if err := c.createUsers(ctx, ups); err != nil {
		return err
	}
	if raw, err = json.Marshal(known); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// createUsers stores credentials one by one: the engine takes a user only once
// a request, and one may have two mechanisms.
func (c *Cluster) createUsers(ctx context.Context, ups []kmsg.AlterUserSCRAMCredentialsRequestUpsertion) error {
	if len(ups) == 0 {
		return nil
	}
	conn, err := c.eng.DialInternal(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, up := range ups {
		req := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		req.Upsertions = append(req.Upsertions, up)
		resp, err := engine.Do[*kmsg.AlterUserSCRAMCredentialsResponse](conn, req, "")
		if err != nil {
			return err
		}
		for _, r := range resp.Results {
			if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
				return fmt.Errorf("embedded cluster: user %s: %w", r.User, err)
			}
		}
	}
	return nil
}

func scramCredential(user, password, mechanism string) (kmsg.AlterUserSCRAMCredentialsRequestUpsertion, error) {
	up := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
	up.Name, up.Iterations = user, engine.ScramIterations
	up.Salt = make([]byte, 16)
	if _, err := rand.Read(up.Salt); err != nil {
		return up, err
	}
	var err error
	if up.Mechanism = 1; mechanism == ScramSHA512 {
		up.Mechanism = 2
		up.SaltedPassword, err = pbkdf2.Key(sha512.New, password, up.Salt, engine.ScramIterations, sha512.Size)
	} else {
		up.SaltedPassword, err = pbkdf2.Key(sha256.New, password, up.Salt, engine.ScramIterations, sha256.Size)
	}
	return up, err
}
