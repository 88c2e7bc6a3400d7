package process

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// unpackLimit bounds what an archive may hold, in bytes, against one that is
// not what it should be.
const unpackLimit = 1 << 30

// unpack writes the directories and regular files of a .tar.gz below dir;
// nothing in the archive can reach outside.
func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	files, left := tar.NewReader(zipped), int64(unpackLimit)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			left -= head.Size
			if left < 0 {
				err = errors.New("it holds more than 1 GiB")
			}
		}
		if err == nil {
			err = unpackOne(root, head, files)
		}
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
		}
	}
}

func unpackOne(root *os.Root, head *tar.Header, content io.Reader) error {
	name := filepath.Clean(filepath.FromSlash(head.Name))
	switch head.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, content)
		return errors.Join(err, f.Close())
	}
	return nil // links and devices: none are needed
}
