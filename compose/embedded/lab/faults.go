package lab

import (
	"context"

	"kconsole/compose"
)

var _ compose.Faulter = (*Lab)(nil)

// Faults is true: virtual brokers can be broken in every way.
func (l *Lab) Faults() bool { return true }

// AdvertiseWrong has the cluster advertise addr for a broker.
func (l *Lab) AdvertiseWrong(_ context.Context, id int32, addr string) error {
	return l.change(id, func(id int32) error { return l.cluster.AdvertiseWrong(id, addr) })
}

// WrongCertificate has a broker present a certificate for another host.
func (l *Lab) WrongCertificate(_ context.Context, id int32) error {
	return l.change(id, func(id int32) error { return l.cluster.WrongCertificate(id, nil) })
}

// ClearFaults takes every fault of a broker back.
func (l *Lab) ClearFaults(_ context.Context, id int32) error {
	return l.change(id, l.cluster.ClearFaults)
}
