package front

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/wire"
)

// handler answers one decoded request. A nil answer without an error means
// that the request has none; an answer with an error is the last one on this
// connection.
type handler func(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error)

// api is one API key that the cluster serves.
type api struct {
	min, max int16
	stranger bool    // allowed before sign-in
	handle   handler // nil: goes to the engine and back as it is
}

type apiTable map[int16]api

// hidden are keys that the engine advertises and the cluster does not serve.
var hidden = map[kmsg.Key]bool{
	kmsg.GetTelemetrySubscriptions: true, // client metrics would go nowhere
	kmsg.PushTelemetry:             true,
}

// own are keys that the front answers without the engine advertising them.
var own = map[kmsg.Key]api{}

// handlers is filled by the files that hold the handlers.
var handlers = map[kmsg.Key]handler{}

// loadAPIs asks the engine what it serves and completes it with our own.
func loadAPIs(c *engine.Conn) (apiTable, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version = 3
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kconsole", "1"
	resp, err := engine.Do[*kmsg.ApiVersionsResponse](c, req, "")
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return nil, fmt.Errorf("inner broker: API versions: %w", err)
	}
	t := apiTable{}
	for _, k := range resp.ApiKeys {
		key := kmsg.Key(k.ApiKey)
		if hidden[key] {
			continue
		}
		t[k.ApiKey] = api{min: k.MinVersion, max: k.MaxVersion, handle: handlers[key]}
	}
	for key, a := range own {
		t[key.Int16()] = a
	}
	for _, key := range []kmsg.Key{kmsg.ApiVersions, kmsg.SASLHandshake, kmsg.SASLAuthenticate} {
		a := t[key.Int16()]
		a.stranger = true
		t[key.Int16()] = a
	}
	return t, nil
}

func init() {
	handlers[kmsg.ApiVersions] = apiVersions
}

// apiVersions passes the engine's answer on, with the keys that the front
// serves, and with this broker's node id as the one that is expected (KIP-1242).
func apiVersions(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	av := req.(*kmsg.ApiVersionsRequest)
	switch av.NodeID {
	case c.b.id:
		av.NodeID = 0 // the engine's own
	case 0:
		av.NodeID = c.b.id
	}
	resp, err := ask[*kmsg.ApiVersionsResponse](c, r, av)
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode == 0 {
		resp.ApiKeys = c.srv.apis.list()
	}
	return answer(r, resp), nil
}

// apiVersionsTooNew answers a version from the future in version 0, as KIP-511
// wants, so that the client can ask again.
func (c *conn) apiVersionsTooNew(r *wire.Request) []byte {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.ErrorCode = kerr.UnsupportedVersion.Code
	a := c.srv.apis[kmsg.ApiVersions.Int16()]
	resp.ApiKeys = []kmsg.ApiVersionsResponseApiKey{{ApiKey: kmsg.ApiVersions.Int16(), MinVersion: a.min, MaxVersion: a.max}}
	return answer(r, resp)
}

func (t apiTable) list() []kmsg.ApiVersionsResponseApiKey {
	var out []kmsg.ApiVersionsResponseApiKey
	for key := range int16(200) {
		if a, ok := t[key]; ok {
			k := kmsg.NewApiVersionsResponseApiKey()
			k.ApiKey, k.MinVersion, k.MaxVersion = key, a.min, a.max
			out = append(out, k)
		}
	}
	return out
}
