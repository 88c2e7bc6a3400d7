package registry

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
)

// everything, liveOnly and deletedOnly choose by whether something is deleted.
func everything(bool) bool          { return true }
func liveOnly(deleted bool) bool    { return !deleted }
func deletedOnly(deleted bool) bool { return deleted }

// wanted reads the flags deleted and deletedOnly of a list.
func (c *call) wanted() func(bool) bool {
	switch {
	case c.flag("deletedOnly"):
		return deletedOnly
	case c.flag("deleted"):
		return everything
	}
	return liveOnly
}

func getRoot(*Registry, *call) (any, error) { return rawText("{}"), nil }

func getMetadataID(r *Registry, _ *call) (any, error) {
	return map[string]any{
		"id": "",
		"scope": map[string]any{
			"path":     []string{},
			"clusters": map[string]string{"kafka-cluster": r.cfg.ClusterID, "schema-registry-cluster": "kconsole-embedded"},
		},
	}, nil
}

func getMetadataVersion(*Registry, *call) (any, error) {
	v, commit := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	return map[string]string{"version": "kconsole-embedded " + v, "commitId": commit}, nil
}

func getTypes(*Registry, *call) (any, error) { return []Type{JSON, Protobuf, Avro}, nil }

// schemaRequest reads the body of a request that brings a schema.
func (c *call) schemaRequest() (*registerRequest, error) {
	var req registerRequest
	if err := c.body(&req); err != nil {
		return nil, err
	}
	if len(req.References) > maxReferences {
		return nil, fail(codeInvalidSchema, "the schema has %d references: at most %d are accepted", len(req.References), maxReferences)
	}
	for _, ref := range req.References {
		if len(ref.Name) > 4*maxSubjectBytes || len(ref.Subject) > maxSubjectBytes {
			return nil, fail(codeInvalidSchema, "a reference's name or subject is too long")
		}
	}
	if req.ID != nil && *req.ID == 0 || req.ID != nil && *req.ID > maxID {
		return nil, fail(codeInvalidSchema, "id %d is no schema id: use a number from 1 to %d", *req.ID, maxID)
	}
	if req.Version > maxID {
		return nil, fail(codeInvalidVersion, "version %d is too large", req.Version)
	}
	var err error
	if req.Metadata != nil {
		var m metadata
		if err := json.Unmarshal(req.Metadata, &m); err != nil {
			return nil, fail(http.StatusBadRequest, "metadata must hold tags (lists of strings), properties (strings) and sensitive (a list of strings)")
		}
	}
	if req.Metadata, err = compactJSON(req.Metadata); err != nil {
		return nil, fail(http.StatusBadRequest, "metadata: %s", err)
	}
	if err := checkRules(req.RuleSet); err != nil {
		return nil, err
	}
	if req.RuleSet, err = compactJSON(req.RuleSet); err != nil {
		return nil, fail(http.StatusBadRequest, "ruleSet: %s", err)
	}
	return &req, nil
}

// maxID leaves room above every id that a client may give.
const maxID = 1<<31 - 2

// checkRules refuses rule sets that are not lists of named rules. The registry
// keeps rules for clients; it runs none.
func checkRules(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	type rule struct {
		Name string `json:"name"`
	}
	var set struct {
		MigrationRules []rule `json:"migrationRules"`
		DomainRules    []rule `json:"domainRules"`
		EncodingRules  []rule `json:"encodingRules"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return fail(codeInvalidRuleSet, "a ruleSet holds lists of rules: migrationRules, domainRules, encodingRules")
	}
	for _, rules := range [][]rule{set.MigrationRules, set.DomainRules, set.EncodingRules} {
		seen := map[string]bool{}
		for _, r := range rules {
			if r.Name == "" || seen[r.Name] {
				return fail(codeInvalidRuleSet, "each rule of a list needs a name of its own: '%s' does not do", clip(r.Name, 64))
			}
			seen[r.Name] = true
		}
	}
	return nil
}

func getSubjects(r *Registry, c *call) (any, error) {
	pg, err := c.page()
	if err != nil {
		return nil, err
	}
	p := prefix{everywhere: true}
	switch {
	case c.query.Has("subjectPrefix"):
		p = c.prefix(c.query.Get("subjectPrefix"))
	case c.context != defaultContext:
		p = c.prefix("")
	}
	return cut(pg, r.listSubjects(p, c.wanted(), c.who)), nil
}

// prefix reads a subject prefix, in the path's context if it names none.
func (c *call) prefix(s string) prefix {
	p := parsePrefix(s)
	if !p.everywhere && !strings.HasPrefix(s, ":.") {
		p.start.context = c.context
	}
	return p
}

func postSubject(r *Registry, c *call) (any, error) {
	req, err := c.schemaRequest()
	if err != nil {
		return nil, err
	}
	return r.lookUp(c.ctx, c.subject, req, c.flag("normalize"), c.flag("deleted"))
}

func deleteSubject(r *Registry, c *call) (any, error) {
	return r.deleteSubject(c.ctx, c.subject, c.flag("permanent"))
}

func getSubjectMetadata(r *Registry, c *call) (any, error) {
	keys, values := c.query["key"], c.query["value"]
	want := map[string]string{}
	for i := range min(len(keys), len(values)) {
		want[keys[i]] = values[i]
	}
	return r.latestWith(c.subject, want, c.flag("deleted"))
}

func getVersions(r *Registry, c *call) (any, error) {
	pg, err := c.page()
	if err != nil {
		return nil, err
	}
	versions, err := r.listVersions(c.subject, c.wanted())
	if err != nil {
		return nil, err
	}
	return cut(pg, versions), nil
}

func postVersion(r *Registry, c *call) (any, error) {
	req, err := c.schemaRequest()
	if err != nil {
		return nil, err
	}
	return r.register(c.ctx, c.subject, req, c.flag("normalize"))
}

// versionVar reads the version of a path: its second variable.
func (c *call) versionVar() (int, error) {
	v, err := parseVersion(c.vars[1])
	if err != nil {
		return 0, err
	}
	return v, nil
}

func getVersion(r *Registry, c *call) (any, error) {
	v, err := c.versionVar()
	if err != nil {
		return nil, err
	}
	s, err := r.getVersion(c.ctx, c.subject, v, c.query.Get("format"), c.flag("deleted"))
	if err == nil {
		c.qualifyReferences(&s)
	}
	return s, err
}

// qualifyReferences writes references with their context, where asked to.
func (c *call) qualifyReferences(s *schemaJSON) {
	n := c.inContext(s.Subject)
	if c.query.Get("referenceFormat") != "qualified" || n.context == defaultContext {
		return
	}
	refs := make([]Reference, len(s.References))
	for i, ref := range s.References {
		refs[i] = Reference{ref.Name, n.within(ref.Subject).String(), ref.Version}
	}
	s.References = refs
}

func getVersionSchema(r *Registry, c *call) (any, error) {
	v, err := c.versionVar()
	if err != nil {
		return nil, err
	}
	s, err := r.getVersion(c.ctx, c.subject, v, c.query.Get("format"), c.flag("deleted"))
	return rawText(s.Schema), err
}

func deleteVersion(r *Registry, c *call) (any, error) {
	v, err := c.versionVar()
	if err != nil {
		return nil, err
	}
	return r.deleteVersion(c.ctx, c.subject, v, c.flag("permanent"))
}

func getReferencedBy(r *Registry, c *call) (any, error) {
	pg, err := c.page()
	if err != nil {
		return nil, err
	}
	v, err := c.versionVar()
	if err != nil {
		return nil, err
	}
	ids, err := r.referencedBy(c.subject, v, c.flag("deleted"))
	if err != nil {
		return nil, err
	}
	return cut(pg, ids), nil
}

func getSchemas(r *Registry, c *call) (any, error) {
	pg, err := c.page()
	if err != nil {
		return nil, err
	}
	return r.listSchemas(c.prefix(c.query.Get("subjectPrefix")), c.flag("deleted"), c.flag("latestOnly"), pg, c.who), nil
}

// idVar reads the id of a path and the subject that says where to look for it.
func (c *call) idVar() (int, name, error) {
	id, err := strconv.ParseInt(c.vars[0], 10, 32)
	if err != nil {
		return 0, name{}, fail(http.StatusNotFound, "'%s' is no schema id", clip(c.vars[0], 64))
	}
	return int(id), c.inContext(c.query.Get("subject")), nil
}

func getSchemaByID(r *Registry, c *call) (any, error) {
	id, subject, err := c.idVar()
	if err != nil {
		return nil, err
	}
	s, err := r.getID(c.ctx, id, subject, c.query.Get("format"), c.who)
	if err != nil {
		return nil, err
	}
	if !c.flag("fetchMaxId") {
		s.MaxID = 0
	}
	c.qualifyReferences(&s)
	return s, nil
}

func getSchemaTextByID(r *Registry, c *call) (any, error) {
	id, subject, err := c.idVar()
	if err != nil {
		return nil, err
	}
	s, err := r.getID(c.ctx, id, subject, c.query.Get("format"), c.who)
	return rawText(s.Schema), err
}

// subjectVersion is a version of a subject.
type subjectVersion struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

func (r *Registry) versionsByID(c *call) ([]subjectVersion, page, error) {
	pg, err := c.page()
	if err != nil {
		return nil, pg, err
	}
	id, subject, err := c.idVar()
	if err != nil {
		return nil, pg, err
	}
	usages, err := r.usagesOf(id, subject, c.flag("deleted"), c.who)
	var out []subjectVersion
	for _, u := range usages {
		out = append(out, subjectVersion{u.name.String(), u.v.n})
	}
	return out, pg, err
}

func getVersionsByID(r *Registry, c *call) (any, error) {
	list, pg, err := r.versionsByID(c)
	if err != nil {
		return nil, err
	}
	return cut(pg, list), nil
}

func getSubjectsByID(r *Registry, c *call) (any, error) {
	list, pg, err := r.versionsByID(c)
	if err != nil {
		return nil, err
	}
	var subjects []string
	for i, sv := range list {
		if i == 0 || list[i-1].Subject != sv.Subject {
			subjects = append(subjects, sv.Subject)
		}
	}
	return cut(pg, subjects), nil
}

func getSchemaByGUID(r *Registry, c *call) (any, error) {
	ids, err := r.idsOf(strings.ToLower(c.vars[0]), c.who)
	if err != nil {
		return nil, err
	}
	s, err := r.getID(c.ctx, ids[0].ID, name{context: ids[0].Context}, c.query.Get("format"), c.who)
	s.MaxID = 0
	return s, err
}

func getIDsByGUID(r *Registry, c *call) (any, error) {
	return r.idsOf(strings.ToLower(c.vars[0]), c.who)
}

// compatibilityAnswer is the answer to a compatibility test. Messages are there
// only with verbose=true.
type compatibilityAnswer struct {
	Compatible bool      `json:"is_compatible"`
	Messages   *[]string `json:"messages,omitempty"`
}

func postCompatibility(r *Registry, c *call) (any, error) {
	number := 0
	if len(c.vars) > 1 {
		var err error
		if number, err = c.versionVar(); err != nil {
			return nil, err
		}
	}
	req, err := c.schemaRequest()
	if err != nil {
		return nil, err
	}
	v, err := r.testCompatibility(c.ctx, c.subject, number, req, c.flag("normalize"))
	verbose := c.flag("verbose")
	if err != nil {
		if e := asError(err); verbose && e.Code == codeInvalidSchema {
			return compatibilityAnswer{false, &[]string{e.Message}}, nil
		}
		return nil, err
	}
	answer := compatibilityAnswer{Compatible: v.compatible()}
	if verbose {
		messages := v.messages()
		answer.Messages = &messages
	}
	return answer, nil
}
