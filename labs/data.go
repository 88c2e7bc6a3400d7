package labs

import "embed"

// Data holds the folders of all labs, as data/02-kafka-parts/lab.yaml.
//
//go:embed all:data
var Data embed.FS
