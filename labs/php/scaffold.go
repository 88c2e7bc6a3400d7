// Package php lays out the PHP project of a lab: what all of them share, and the
// lab's own starter files or solution, filled in for one cluster.
//
// Shared by all are the folder common and, for labs that have a folder laravel of
// their own, the folder laravel. In a lab's folder php, shared is for both
// variants. The more special file replaces another of the same name.
// The markers that are filled in are described in docs/labs-php.md.
package php

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"kconsole/kafka/config"
)

//go:embed all:common all:laravel
var shared embed.FS

// Variant is which files of a lab are meant.
type Variant string

// The variants.
const (
	Starter  Variant = "starter"  // with TODO marks
	Solution Variant = "solution" // complete
)

// ErrNone is returned for a lab without PHP files.
var ErrNone = errors.New("this lab has no PHP files")

// laravel is the folder of what belongs into a Laravel project.
const laravel = "laravel"

// Files is a lab's project by path with slashes, with the markers as they are. lab
// is the lab's folder (labs.Lab.Files).
func Files(lab fs.FS, v Variant) (map[string][]byte, error) {
	own, err := read(lab, path.Join("php", string(v)), "")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	both, err := read(lab, "php/shared", "")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for name, data := range both {
		if _, replaced := own[name]; !replaced {
			own[name] = data
		}
	}
	out, err := read(shared, "common", "")
	if err != nil {
		return nil, err
	}
	// Under its true name it would keep .env, its neighbour, out of our own repository.
	out[".gitignore"] = out["gitignore"]
	delete(out, "gitignore")
	for name := range own {
		if strings.HasPrefix(name, laravel+"/") {
			more, err := read(shared, laravel, laravel)
			if err != nil {
				return nil, err
			}
			maps.Copy(out, more)
			break
		}
	}
	maps.Copy(out, own)
	return out, nil
}

// read reads the files below dir, named as below the folder to.
func read(from fs.FS, dir, to string) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(from, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		out[path.Join(to, strings.TrimPrefix(name, dir+"/"))] = data
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("PHP files: %w", err)
	}
	return out, nil
}

// Project says what a project is filled in with.
type Project struct {
	Lab    string // the lab's id: "03"
	Prefix string // what the names of its topics and groups begin with: "lab.03."
	// Cluster is how the scripts connect, and as whom. Its password is written
	// into .env, which only the owner may read.
	Cluster config.Cluster
}

// Scaffold writes a lab's project into dir and returns what it wrote, relative to
// dir. It makes dir if need be, and never replaces a file: if one is there it
// writes nothing and says which.
func Scaffold(ctx context.Context, dir string, lab fs.FS, v Variant, p Project) ([]string, error) {
	files, err := Files(lab, v)
	if err != nil {
		return nil, err
	}
	env, err := config.Dotenv(ctx, p.Cluster)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is there already, and nothing was written; take an empty folder", filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	fill := strings.NewReplacer("{{DOTENV}}", strings.TrimSuffix(env, "\n"), "{{PREFIX}}", p.Prefix, "{{LAB}}", p.Lab)
	for _, name := range names {
		if err := create(filepath.Join(dir, filepath.FromSlash(name)), fill.Replace(string(files[name])), perm(name)); err != nil {
			return nil, fmt.Errorf("PHP files: %w", err)
		}
	}
	return names, nil
}

// perm keeps what holds a password from others.
func perm(name string) fs.FileMode {
	if strings.HasPrefix(path.Base(name), ".env") {
		return 0o600
	}
	return 0o644
}

// create writes a file that is not there yet.
func create(name, text string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
