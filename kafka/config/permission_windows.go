package config

import "io/fs"

// othersCanRead is always false: on Windows the mode bits say nothing about
// who may read, and files in a user's profile are private by default.
func othersCanRead(fs.FileMode) bool { return false }
