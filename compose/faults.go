package compose

import "context"

// Faulter is what a [Stack] also is whose brokers can be broken in ways that
// stopping them does not show. The cluster's data is never touched.
type Faulter interface {
	// Faults tells whether this stack can do it: one that lives in another process
	// depends on what runs there.
	Faults() bool
	// AdvertiseWrong has the cluster advertise addr, host:port, for a broker.
	AdvertiseWrong(ctx context.Context, id int32, addr string) error
	// WrongCertificate has a broker present a self-signed certificate for another
	// host on new connections.
	WrongCertificate(ctx context.Context, id int32) error
	// ClearFaults takes every fault of a broker back; it does not start it.
	ClearFaults(ctx context.Context, id int32) error
}
