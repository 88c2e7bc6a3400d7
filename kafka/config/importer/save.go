package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"kconsole/kafka/config"
)

// Plan is what [Result.Save] writes.
type Plan struct {
	// Current is the cluster that the configuration uses afterwards when none is
	// asked for; empty: there is none.
	Current string

	dir, path string
	files     []File
	add       *config.Addition
}

// Plan finds out what [Result.Save] would write for the configuration at path, and
// fails where that would: no file that is there with another content is
// overwritten, and no cluster replaced.
func (r *Result) Plan(path string) (*Plan, error) {
	p := &Plan{dir: r.dir, path: path, files: slices.Clone(r.Files)}
	clusters := map[string]config.Cluster{}
	for _, name := range slices.Sorted(maps.Keys(r.Clusters)) {
		moved, secrets := moveSecrets(name, r.Clusters[name], r.dir)
		clusters[name] = moved
		p.files = append(p.files, secrets...)
	}
	for _, f := range p.files {
		have, err := os.ReadFile(f.Path)
		switch {
		case err == nil && bytes.Equal(have, f.Content):
		case err == nil:
			return nil, fmt.Errorf("%s exists with another content; choose another name with --name, or move it away", f.Path)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("cannot write %s: %s", f.Path, reason(err))
		}
	}
	var err error
	if p.add, err = config.PlanAdd(path, clusters, r.Current); err != nil {
		return nil, err
	}
	p.Current = p.add.Current
	return p, nil
}

// Paths are the files that are written, the configuration last.
func (p *Plan) Paths() []string {
	var paths []string
	for _, f := range p.files {
		paths = append(paths, f.Path)
	}
	return append(paths, p.path)
}

// Save writes the converted files and the secrets into Options.Dir, and adds the
// clusters to the configuration, which is made if it does not exist. It returns the
// paths that it wrote. After an error in the end, what it wrote before stays and
// a second try goes on from there.
func (p *Plan) Save() (written []string, err error) {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %s", p.dir, reason(err))
	}
	for _, f := range p.files {
		if err := config.WritePrivate(f.Path, f.Content); err != nil {
			return written, err
		}
		written = append(written, f.Path)
	}
	if err := p.add.Write(); err != nil {
		return written, err
	}
	return append(written, p.path), nil
}

// Save is [Result.Plan] and [Plan.Save].
func (r *Result) Save(path string) (written []string, err error) {
	p, err := r.Plan(path)
	if err != nil {
		return nil, err
	}
	return p.Save()
}

// moveSecrets replaces the secrets of a cluster by files that hold them, so that
// the configuration can be shown and shared. The copy's sections are its own.
func moveSecrets(name string, cl config.Cluster, dir string) (config.Cluster, []File) {
	var files []File
	move := func(suffix string, value *config.Secret, file *string) {
		if value.IsZero() {
			return
		}
		content := []byte(value.Reveal() + "\n")
		for _, f := range files {
			if bytes.Equal(f.Content, content) { // the registry's user is often the brokers'
				*value, *file = config.Secret{}, f.Path
				return
			}
		}
		*value, *file = config.Secret{}, filepath.Join(dir, name+suffix+".secret")
		files = append(files, File{Path: *file, Content: content})
	}
	if cl.SASL != nil {
		sasl := *cl.SASL
		cl.SASL = &sasl
		move("", &sasl.Password, &sasl.PasswordFile)
		if sasl.OAuth != nil {
			oauth := *sasl.OAuth
			sasl.OAuth = &oauth
			move("-client", &oauth.ClientSecret, &oauth.ClientSecretFile)
		}
	}
	if cl.Registry != nil {
		registry := *cl.Registry
		cl.Registry = &registry
		move("-registry", &registry.Password, &registry.PasswordFile)
	}
	return cl, files
}
