package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
)

// The whole of franz-go's client against the registry, over TLS and signed in.
func TestFranzClient(t *testing.T) {
	conf, pool := testTLS(t)
	s := start(t, Config{TLS: conf, Dir: t.TempDir(), Users: []User{{Name: "admin", Password: "secret", Rights: Admin}}})
	cl, err := sr.NewClient(sr.URLs(s.URL()), sr.BasicAuth("admin", "secret"), sr.DialTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	wrong, err := sr.NewClient(sr.URLs(s.URL()), sr.BasicAuth("admin", "wrong"), sr.DialTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Subjects(ctx); codeOf(err) != codeUnauthorized {
		t.Errorf("wrong password: %v", err)
	}

	user := sr.Schema{Schema: `{"type":"record","name":"User","namespace":"shop","fields":[{"name":"id","type":"long"}]}`}
	v1, err := cl.CreateSchema(ctx, "user-value", user)
	if err != nil || v1.Version != 1 || v1.Schema.Schema != user.Schema {
		t.Fatalf("create: %+v %v", v1, err)
	}
	order := sr.Schema{
		Schema:     `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"user","type":"User"}]}`,
		References: []sr.SchemaReference{{Name: "shop.User", Subject: "user-value", Version: 1}},
		SchemaMetadata: &sr.SchemaMetadata{
			Properties: map[string]string{"owner": "shop"}, Tags: map[string][]string{"id": {"PII"}},
		},
		SchemaRuleSet: &sr.SchemaRuleSet{DomainRules: []sr.SchemaRule{{Name: "check", Kind: sr.SchemaRuleKindCondition, Mode: sr.SchemaRuleModeWrite, Type: "CEL", Expr: "true"}}},
	}
	o1, err := cl.CreateSchema(ctx, "order-value", order)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cl.SchemaByID(ctx, o1.ID); err != nil || len(got.References) != 1 || got.SchemaMetadata == nil ||
		got.SchemaMetadata.Properties["owner"] != "shop" || got.SchemaRuleSet == nil || got.SchemaRuleSet.DomainRules[0].Name != "check" {
		t.Errorf("by id: %+v %v", got, err)
	}
	if got, err := cl.SchemaReferences(ctx, "user-value", 1); err != nil || len(got) != 1 || got[0].Subject != "order-value" {
		t.Errorf("references: %+v %v", got, err)
	}
	if _, err := cl.DeleteSubject(ctx, "user-value", sr.SoftDelete); codeOf(err) != codeReferenceExists {
		t.Errorf("delete what is referenced: %v", err)
	}

	bad := sr.Schema{Schema: `{"type":"record","name":"User","namespace":"shop","fields":[{"name":"id","type":"long"},{"name":"email","type":"string"}]}`}
	_, err = cl.CreateSchema(ctx, "user-value", bad)
	var re *sr.ResponseError
	if !errors.As(err, &re) || re.StatusCode != http.StatusConflict || !errors.Is(re.SchemaError(), sr.ErrIncompatibleSchema) {
		t.Errorf("incompatible: %v", err)
	}
	check, err := cl.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), "user-value", 1, bad)
	if err != nil || check.Is || len(check.Messages) == 0 {
		t.Errorf("check: %+v %v", check, err)
	}
	if check, err := cl.CheckCompatibility(ctx, "user-value", -1, user); err != nil || !check.Is {
		t.Errorf("check the latest: %+v %v", check, err)
	}
	for _, r := range cl.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatNone, Normalize: true}, "user-value") {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
	v2, err := cl.CreateSchema(ctx, "user-value", bad)
	if err != nil || v2.Version != 2 {
		t.Fatalf("with NONE: %+v %v", v2, err)
	}
	for _, r := range cl.Compatibility(ctx, "user-value", sr.GlobalSubject) {
		if want := map[string]sr.CompatibilityLevel{"user-value": sr.CompatNone, "": sr.CompatBackward}[r.Subject]; r.Err != nil || r.Level != want {
			t.Errorf("level of %q: %v %v", r.Subject, r.Level, r.Err)
		}
	}
	for _, r := range cl.ResetCompatibility(ctx, "user-value") {
		if r.Err != nil || r.Level != sr.CompatNone {
			t.Errorf("reset: %+v", r)
		}
	}

	for _, r := range cl.SetMode(ctx, sr.ModeReadOnly, "user-value") {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
	if err := cl.DeleteSchema(ctx, "user-value", 2, sr.SoftDelete); codeOf(err) != codeNotPermitted {
		t.Errorf("delete while read-only: %v", err)
	}
	for _, r := range cl.Mode(ctx, "user-value") {
		if r.Err != nil || r.Mode != sr.ModeReadOnly {
			t.Errorf("mode: %+v", r)
		}
	}
	for _, r := range cl.ResetMode(ctx, "user-value") {
		if r.Err != nil || r.Mode != sr.ModeReadOnly {
			t.Errorf("reset mode: %+v", r)
		}
	}

	franzReads(ctx, t, cl, v1, o1)
	franzDeletes(ctx, t, cl)
	franzContexts(ctx, t, cl, user)
}

func franzReads(ctx context.Context, t *testing.T, cl *sr.Client, v1, o1 sr.SubjectSchema) {
	t.Helper()
	if found, err := cl.LookupSchema(ctx, "user-value", v1.Schema); err != nil || found.Version != 1 || found.ID != v1.ID {
		t.Errorf("look-up: %+v %v", found, err)
	}
	if subjects, err := cl.Subjects(ctx); err != nil || !slices.Equal(subjects, []string{"order-value", "user-value"}) {
		t.Errorf("subjects: %v %v", subjects, err)
	}
	if versions, err := cl.SubjectVersions(ctx, "user-value"); err != nil || !slices.Equal(versions, []int{1, 2}) {
		t.Errorf("versions: %v %v", versions, err)
	}
	if all, err := cl.AllSchemas(ctx); err != nil || len(all) != 3 {
		t.Errorf("all schemas: %+v %v", all, err)
	}
	if text, err := cl.SchemaTextByVersion(ctx, "user-value", -1); err != nil || text == "" {
		t.Errorf("text: %q %v", text, err)
	}
	if text, err := cl.SchemaTextByID(ctx, v1.ID); err != nil || text != v1.Schema.Schema {
		t.Errorf("text by id: %q %v", text, err)
	}
	if subjects, err := cl.SubjectsByID(ctx, o1.ID); err != nil || !slices.Equal(subjects, []string{"order-value"}) {
		t.Errorf("subjects by id: %v %v", subjects, err)
	}
	if usages, err := cl.SchemaUsagesByID(ctx, o1.ID); err != nil || len(usages) != 1 || usages[0].Version != 1 {
		t.Errorf("usages: %+v %v", usages, err)
	}
	if got, err := cl.SchemaByGUID(ctx, v1.GUID); err != nil || got.Schema.Schema != v1.Schema.Schema {
		t.Errorf("by GUID %s: %+v %v", v1.GUID, got, err)
	}
	if ids, err := cl.SchemaIDsByGUID(ctx, v1.GUID); err != nil || len(ids) != 1 || ids[0].ID != v1.ID || ids[0].Context != "." {
		t.Errorf("ids by GUID: %+v %v", ids, err)
	}
	if types, err := cl.SupportedTypes(ctx); err != nil || len(types) != 3 {
		t.Errorf("types: %v %v", types, err)
	}
}

func franzDeletes(ctx context.Context, t *testing.T, cl *sr.Client) {
	t.Helper()
	if _, err := cl.DeleteSubject(ctx, "order-value", sr.HardDelete); codeOf(err) != codeSubjectNotDeleted {
		t.Errorf("hard delete first: %v", err)
	}
	for _, how := range []sr.DeleteHow{sr.SoftDelete, sr.HardDelete} {
		if _, err := cl.DeleteSubject(ctx, "order-value", how); err != nil {
			t.Error(err)
		}
	}
	if err := cl.DeleteSchema(ctx, "user-value", 2, sr.SoftDelete); err != nil {
		t.Error(err)
	}
	if versions, err := cl.SubjectVersions(sr.WithParams(ctx, sr.ShowDeleted), "user-value"); err != nil || !slices.Equal(versions, []int{1, 2}) {
		t.Errorf("deleted versions: %v %v", versions, err)
	}
	if deleted, err := cl.DeleteSubject(ctx, "user-value", sr.SoftDelete); err != nil || !slices.Equal(deleted, []int{1}) {
		t.Errorf("delete: %v %v", deleted, err)
	}
	if _, err := cl.SchemaByVersion(ctx, "user-value", 1); codeOf(err) != codeSubjectNotFound {
		t.Errorf("read a deleted subject: %v", err)
	}
}

func franzContexts(ctx context.Context, t *testing.T, cl *sr.Client, user sr.Schema) {
	t.Helper()
	in := sr.InContext(ctx, ".staging")
	made, err := cl.CreateSchema(in, "user-value", user)
	if err != nil || made.ID != 1 {
		t.Errorf("in a context: %+v %v", made, err)
	}
	if got, err := cl.SchemaByID(in, made.ID); err != nil || got.Schema != user.Schema {
		t.Errorf("by id in a context: %+v %v", got, err)
	}
	if contexts, err := cl.Contexts(ctx); err != nil || !slices.Equal(contexts, []string{".", ".staging"}) {
		t.Errorf("contexts: %v %v", contexts, err)
	}
	if err := cl.DeleteContext(ctx, ".staging"); codeOf(err) != codeContextNotEmpty {
		t.Errorf("drop a context that is used: %v", err)
	}
	for _, how := range []sr.DeleteHow{sr.SoftDelete, sr.HardDelete} {
		if _, err := cl.DeleteSubject(in, "user-value", how); err != nil {
			t.Error(err)
		}
	}
	if err := cl.DeleteContext(ctx, ".staging"); err != nil {
		t.Error(err)
	}
}

// codeOf is the error_code that the client was answered; 0 without one.
func codeOf(err error) int {
	var re *sr.ResponseError
	if errors.As(err, &re) {
		return re.ErrorCode
	}
	return 0
}
