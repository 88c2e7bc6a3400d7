package registry

import (
	"context"
	"encoding/json"
)

// configRequest is the body of PUT /config. The fields after Group are part of
// the API but not of this registry.
type configRequest struct {
	Compatibility *string `json:"compatibility"`
	Normalize     *bool   `json:"normalize"`
	Alias         *string `json:"alias"`
	Group         *string `json:"compatibilityGroup"`

	DefaultMetadata  json.RawMessage `json:"defaultMetadata"`
	OverrideMetadata json.RawMessage `json:"overrideMetadata"`
	DefaultRuleSet   json.RawMessage `json:"defaultRuleSet"`
	OverrideRuleSet  json.RawMessage `json:"overrideRuleSet"`
}

// configAnswer is what PUT /config answers: what was set, by the request's names.
type configAnswer struct {
	Compatibility Level  `json:"compatibility,omitempty"`
	Normalize     *bool  `json:"normalize,omitempty"`
	Alias         string `json:"alias,omitempty"`
	Group         string `json:"compatibilityGroup,omitempty"`
}

// setSettings changes the settings of the registry (the empty name), a context
// or a subject. What the request leaves out keeps its value.
func (r *Registry) setSettings(ctx context.Context, n name, req *configRequest) (out configAnswer, err error) {
	if err := n.valid(true); err != nil {
		return out, err
	}
	for field, v := range map[string]json.RawMessage{
		"defaultMetadata": req.DefaultMetadata, "overrideMetadata": req.OverrideMetadata,
		"defaultRuleSet": req.DefaultRuleSet, "overrideRuleSet": req.OverrideRuleSet,
	} {
		if len(v) > 0 && string(v) != "null" {
			return out, fail(codeNotPermitted, "%s is not supported by this registry: leave it out", field)
		}
	}
	err = r.exclusively(ctx, func(st *state) error {
		set := st.settings[n.String()]
		if req.Compatibility != nil {
			level, ok := parseLevel(*req.Compatibility)
			if !ok {
				return fail(codeInvalidLevel, "'%s' is no compatibility level: use one of %s", clip(*req.Compatibility, 64), levelNames)
			}
			set.Level = level
		}
		if req.Normalize != nil {
			set.Normalize = req.Normalize
		}
		if req.Alias != nil {
			if err := n.within(*req.Alias).valid(false); err != nil && *req.Alias != "" {
				return err
			}
			set.Alias = *req.Alias
		}
		if req.Group != nil {
			if len(*req.Group) > maxSubjectBytes {
				return fail(codeInvalidSubject, "the compatibility group's name is longer than %d bytes", maxSubjectBytes)
			}
			set.Group = *req.Group
		}
		if err := r.changeable(st, n); err != nil {
			return err
		}
		out = configAnswer{set.Level, set.Normalize, set.Alias, set.Group}
		return r.commitLogged("config set", n, op{Do: opSettings, Key: n.String(), Settings: &set})
	})
	return out, err
}

// getSettings returns the settings of a name: its own, or with inherit those
// that hold for it.
func (r *Registry) getSettings(n name, inherit bool) (out settings, err error) {
	r.store.view(func(st *state) {
		own, ok := st.settings[n.String()]
		switch {
		case inherit:
			out = st.settingsInScope(n, r.cfg.Level)
		case !ok && !isGlobal(n):
			err = fail(codeNoSubjectLevel, "subject '%s' has no config of its own: defaultToGlobal=true gives the one that holds", n)
		default:
			if out = own; out.Level == "" {
				out.Level = r.cfg.Level
			}
		}
	})
	return out, err
}

// isGlobal reports whether a name stands for a level that always has a value.
func isGlobal(n name) bool {
	return n.isContext() && (n.context == defaultContext || n.context == globalContext)
}

// unsetAnswer names the level twice: clients differ in which name they read, as
// the API's documentation and Confluent's server do.
type unsetAnswer struct {
	settings
	Compatibility Level `json:"compatibility"`
}

// unsetSettings removes a name's own settings and returns what they were.
func (r *Registry) unsetSettings(ctx context.Context, n name) (out unsetAnswer, err error) {
	err = r.exclusively(ctx, func(st *state) error {
		own, ok := st.settings[n.String()]
		if !ok && !isGlobal(n) {
			return subjectNotFound(n)
		}
		if own.Level == "" {
			own.Level = r.cfg.Level
		}
		out = unsetAnswer{own, own.Level}
		if err := r.changeable(st, n); err != nil {
			return err
		}
		return r.commitLogged("config unset", n, op{Do: opSettings, Key: n.String()})
	})
	return out, err
}

// modeBody is the body of requests to and answers of /mode.
type modeBody struct {
	Mode Mode `json:"mode"`
}

// setMode changes the mode of the registry (the empty name), a context or a
// subject. IMPORT needs a scope without live subjects, because their ids could
// clash, unless forced; what is soft-deleted there is removed for good.
func (r *Registry) setMode(ctx context.Context, n name, req modeBody, force bool) (modeBody, error) {
	if err := n.valid(true); err != nil {
		return modeBody{}, err
	}
	mode, ok := parseMode(string(req.Mode))
	switch {
	case !ok:
		return modeBody{}, fail(codeInvalidMode, "'%s' is no mode: use one of %s", clip(string(req.Mode), 64), modeNames)
	case mode == ForwardMode && n.String() != globalKey:
		return modeBody{}, fail(codeInvalidMode, "mode FORWARD is only for the global context %s", globalKey)
	}
	err := r.exclusively(ctx, func(st *state) error {
		var ops []op
		if mode == Import && st.modeInScope(n, r.cfg.Mode) != Import && !force {
			var err error
			if ops, err = clearForImport(st, n); err != nil {
				return err
			}
		}
		return r.commitLogged("mode set to "+string(mode), n, append(ops, op{Do: opMode, Key: n.String(), Mode: mode})...)
	})
	return modeBody{mode}, err
}

// clearForImport removes what is soft-deleted in a scope, and fails if anything
// there is live or referred to from outside.
func clearForImport(st *state, n name) ([]op, error) {
	covers := func(m name) bool {
		return m == n || n.isContext() && (n.context == m.context || n.context == globalContext)
	}
	var ops []op
	for _, m := range st.names(prefix{everywhere: true}, func([]*version) bool { return true }) {
		if !covers(m) {
			continue
		}
		if st.exists(m, false) {
			return nil, fail(codeNotPermitted, "'%s' has schemas, whose ids could clash with imported ones: delete subject '%s' first, or use force=true", n, m)
		}
		for _, v := range st.versions(m) {
			for _, u := range st.referrers(m, v.n) {
				if !covers(u.name) {
					return nil, unreferenced(st, m, v, true, "")
				}
			}
			ops = append(ops, versionOp(opPurge, m, v.n))
		}
	}
	return ops, nil
}

// getMode returns the mode of a name: its own, or with inherit the one that holds.
func (r *Registry) getMode(n name, inherit bool) (out modeBody, err error) {
	r.store.view(func(st *state) {
		own, ok := st.modes[n.String()]
		switch {
		case inherit:
			out.Mode = st.modeInScope(n, r.cfg.Mode)
		case ok:
			out.Mode = own
		case isGlobal(n):
			out.Mode = r.cfg.Mode
		default:
			err = fail(codeNoSubjectMode, "subject '%s' has no mode of its own: defaultToGlobal=true gives the one that holds", n)
		}
	})
	return out, err
}

// unsetMode removes a name's own mode and returns what it was. With recursive it
// removes those of all subjects of a context too, and the context may have none.
func (r *Registry) unsetMode(ctx context.Context, n name, recursive bool) (out *modeBody, err error) {
	out = &modeBody{}
	err = r.exclusively(ctx, func(st *state) error {
		own, ok := st.modes[n.String()]
		if !ok && isGlobal(n) {
			own, ok = r.cfg.Mode, true
		}
		if !ok && !recursive {
			return subjectNotFound(n)
		}
		out.Mode = own
		ops := []op{{Do: opMode, Key: n.String()}}
		if recursive && n.isContext() {
			for key := range st.modes {
				if m := parseName(key); m.context == n.context && m != n {
					ops = append(ops, op{Do: opMode, Key: key})
				}
			}
		}
		return r.commitLogged("mode unset", n, ops...)
	})
	return out, err
}
