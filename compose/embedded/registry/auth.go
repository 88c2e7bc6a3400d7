package registry

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Rights are what a user may do; each includes the ones before it.
type Rights int

// NoRights: sign in and see what says nothing of subjects (/, /schemas/types,
// /v1/metadata). Read: see schemas, config and mode, look schemas up, test
// compatibility. Write: also register and soft-delete. Admin: also set config
// and mode, delete permanently, drop contexts.
const (
	NoRights Rights = iota
	Read
	Write
	Admin
)

func (r Rights) String() string {
	switch r {
	case Read:
		return "read"
	case Write:
		return "write"
	case Admin:
		return "admin"
	}
	return "no"
}

// User may sign in with basic authentication.
type User struct {
	Name     string
	Password string
	// Rights hold for every subject and for the registry as a whole.
	Rights Rights
	// Grants add rights for some subjects.
	Grants []Grant
}

// Grant gives rights for the subjects that Pattern matches: one qualified
// subject, or with a * at its end all that start with what is before it
// ("orders-*", ":.staging:*").
type Grant struct {
	Pattern string
	Rights  Rights
}

func (g Grant) matches(n name) bool {
	if start, ok := strings.CutSuffix(g.Pattern, "*"); ok {
		return strings.HasPrefix(n.String(), start)
	}
	return g.Pattern == n.String()
}

// account is a user as requests are checked against it. A nil account is
// everybody, where the registry is open.
type account struct {
	name     string
	password [sha256.Size]byte
	rights   Rights
	grants   []Grant
}

func newAccounts(users []User) map[string]*account {
	m := make(map[string]*account, len(users))
	for _, u := range users {
		m[u.Name] = &account{u.Name, sha256.Sum256([]byte(u.Password)), u.Rights, u.Grants}
	}
	return m
}

// may reports whether the account has the rights for a subject or context.
func (a *account) may(r Rights, n name) bool {
	if a == nil || a.rights >= r {
		return true
	}
	for _, g := range a.grants {
		if g.Rights >= r && g.matches(n) {
			return true
		}
	}
	return false
}

// mayAnything reports whether the account has the rights for some subject.
func (a *account) mayAnything(r Rights) bool {
	if a == nil || a.rights >= r {
		return true
	}
	for _, g := range a.grants {
		if g.Rights >= r {
			return true
		}
	}
	return false
}

// nobody is compared against when the name is unknown, so that the time taken
// does not tell names.
var nobody account

// signIn finds the account of a request.
func (r *Registry) signIn(req *http.Request) (*account, *Error) {
	if len(r.accounts) == 0 {
		return nil, nil
	}
	user, password, ok := req.BasicAuth()
	if !ok {
		return nil, fail(codeUnauthorized, "sign in: this registry asks for a user name and a password (basic authentication)")
	}
	a := r.accounts[user]
	known := a != nil
	if !known {
		a = &nobody
	}
	sum := sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(sum[:], a.password[:]) != 1 || !known {
		return nil, fail(codeUnauthorized, "wrong user name or password")
	}
	return a, nil
}

func (a *account) forbidden(r Rights, what string) *Error {
	return fail(codeForbidden, "user '%s' needs %s rights for %s", clip(a.name, 128), r, what)
}
