//go:build unix

package config

import "io/fs"

// othersCanRead reports whether group or world may read a file.
func othersCanRead(mode fs.FileMode) bool { return mode.Perm()&0o044 != 0 }
