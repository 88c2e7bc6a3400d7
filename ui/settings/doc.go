// Package settings reads what a person has made of the console for themselves,
// from files beside the configuration ($XDG_CONFIG_HOME/kconsole):
//
//	aliases.yaml        names for lines of the command bar
//	hotkeys.yaml        keys that run them
//	skins/NAME.yaml     colours
//	views/CLUSTER.yaml  how the tables of a cluster were left, as saved
//
// All of them are read strictly: a mistake is one line with the file, the line
// and the nearest known name, and the rest works on.
package settings
