package registry

// level names what config and mode are asked for: the path's subject, or the
// context where the path names none.
func (c *call) level() name {
	if len(c.vars) == 0 {
		return name{context: c.context}
	}
	return c.subject
}

func getConfig(r *Registry, c *call) (any, error) {
	return r.getSettings(c.level(), c.flag("defaultToGlobal"))
}

func putConfig(r *Registry, c *call) (any, error) {
	var req configRequest
	if err := c.body(&req); err != nil {
		return nil, err
	}
	return r.setSettings(c.ctx, c.level(), &req)
}

func deleteConfig(r *Registry, c *call) (any, error) {
	return r.unsetSettings(c.ctx, c.level())
}

func getMode(r *Registry, c *call) (any, error) {
	return r.getMode(c.level(), c.flag("defaultToGlobal"))
}

func putMode(r *Registry, c *call) (any, error) {
	var req modeBody
	if err := c.body(&req); err != nil {
		return nil, err
	}
	return r.setMode(c.ctx, c.level(), req, c.flag("force"))
}

func deleteMode(r *Registry, c *call) (any, error) {
	return r.unsetMode(c.ctx, c.level(), c.flag("recursive"))
}

func getContexts(r *Registry, c *call) (any, error) {
	pg, err := c.page()
	if err != nil {
		return nil, err
	}
	start := c.query.Get("contextPrefix")
	var out []string
	r.store.view(func(st *state) {
		for _, ctx := range st.contextNames() {
			if len(ctx) >= len(start) && ctx[:len(start)] == start && c.seesContext(st, ctx) {
				out = append(out, ctx)
			}
		}
	})
	return cut(pg, out), nil
}

// seesContext reports whether the caller may read something in a context. The
// default context is no secret.
func (c *call) seesContext(st *state, ctx string) bool {
	if ctx == defaultContext || c.who.may(Read, name{context: ctx}) {
		return true
	}
	for sub := range st.contexts[ctx].subjects {
		if c.who.may(Read, name{ctx, sub}) {
			return true
		}
	}
	return false
}

func deleteContext(r *Registry, c *call) (any, error) {
	ctx, perr := parseContext(c.vars[0])
	if perr != nil {
		return nil, perr
	}
	if err := r.deleteContext(c.ctx, ctx); err != nil {
		return nil, err
	}
	return noContent{}, nil
}
