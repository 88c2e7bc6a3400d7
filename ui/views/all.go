// Package views has one file for each screen of the console, each of them the
// description of one kind of thing. [All] is the explicit list.
package views

import "kconsole/ui/page"

// All lists the views in the order that help shows them.
func All() []page.View {
	return []page.View{
		pulse(),
		topics().View(),
		topic().View(),
		configs().View(),
		consumers().View(),
		producers().View(),
		records(),
		groups().View(),
		group().View(),
		members().View(),
		acls().View(),
		accessMatrix().View(),
		users().View(),
		quotas().View(),
		tokens().View(),
		subjects().View(),
		subject().View(),
		schema(),
		schemaDiff(),
		transactions().View(),
		hanging().View(),
		brokers().View(),
		brokerConfigs().View(),
		latency(),
		logs(),
		logDirs().View(),
		quorum().View(),
		reassignments().View(),
		xray(),
		xrayGroups(),
		eventList().View(),
		health().View(),
		labList().View(),
		cart().View(),
		audit().View(),
		topicACLs().View(),
		topicSchemas().View(),
		topicChart(),
		groupConfigs().View(),
		groupChart(),
		compat(),
		uses().View(),
		contexts().View(),
	}
}
