package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"kconsole/compose"
)

var _ compose.Faulter = (*Client)(nil)

// Faults tells whether the owner's stack can be broken: virtual brokers can.
func (c *Client) Faults() bool { return c.Runtime() == compose.Embedded }

// AdvertiseWrong has the cluster advertise addr for a broker.
func (c *Client) AdvertiseWrong(ctx context.Context, id int32, addr string) error {
	return c.fault(ctx, id, "advertise", url.Values{"addr": {addr}})
}

// WrongCertificate has a broker present a certificate for another host.
func (c *Client) WrongCertificate(ctx context.Context, id int32) error {
	return c.fault(ctx, id, "certificate", nil)
}

// ClearFaults takes every fault of a broker back.
func (c *Client) ClearFaults(ctx context.Context, id int32) error {
	return c.fault(ctx, id, "clear", nil)
}

func (c *Client) fault(ctx context.Context, id int32, what string, args url.Values) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/v1/brokers/%d/faults/%s?%s", id, what, args.Encode()), nil)
}

// fault answers what the client's methods above ask for.
func (s *Server) fault(w http.ResponseWriter, r *http.Request) {
	id, err := brokerID(r)
	if err != nil {
		refuse(w, err)
		return
	}
	f, ok := s.stack.(compose.Faulter)
	if !ok || !f.Faults() {
		refuse(w, fmt.Errorf("%w: only the embedded runtime has faults", compose.ErrUnsupported))
		return
	}
	switch r.PathValue("what") {
	case "advertise":
		err = f.AdvertiseWrong(r.Context(), id, r.URL.Query().Get("addr"))
	case "certificate":
		err = f.WrongCertificate(r.Context(), id)
	case "clear":
		err = f.ClearFaults(r.Context(), id)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
