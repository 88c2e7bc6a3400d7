package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kconsole/kafka/config"
)

// Save writes the converted files and the secrets into Options.Dir, and adds the
// clusters to the configuration at path, which is made if it does not exist.
// No file that is there with another content is overwritten. It returns the
// paths that it wrote. After an error in the end, what it wrote before stays and
// a second try goes on from there.
func (r *Result) Save(path string) (written []string, err error) {
	clusters := map[string]config.Cluster{}
	files := r.Files
	for name, cl := range r.Clusters {
		moved, secrets := moveSecrets(name, cl, r.dir)
		clusters[name] = moved
		files = append(files, secrets...)
	}
	for _, f := range files {
		have, err := os.ReadFile(f.Path)
		switch {
		case err == nil && bytes.Equal(have, f.Content):
		case err == nil:
			return written, fmt.Errorf("%s exists with another content; choose another name with --name, or move it away", f.Path)
		case !errors.Is(err, fs.ErrNotExist):
			return written, fmt.Errorf("cannot write %s: %s", f.Path, reason(err))
		}
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return written, fmt.Errorf("cannot make the folder %s: %s", r.dir, reason(err))
	}
	for _, f := range files {
		if err := config.WritePrivate(f.Path, f.Content); err != nil {
			return written, err
		}
		written = append(written, f.Path)
	}
	if err := config.Add(path, clusters); err != nil {
		return written, err
	}
	return append(written, path), nil
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
