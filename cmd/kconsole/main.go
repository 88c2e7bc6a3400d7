// Command kconsole is a terminal console for Apache Kafka.
package main

import (
	"os"

	"kconsole/cmd"
)

func main() { os.Exit(cmd.Main()) }
