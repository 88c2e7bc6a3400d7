<?php

declare(strict_types=1);

/*
 * The classes of the php-rdkafka extension that the labs' plain scripts use,
 * over PHP's FFI and a real librdkafka, for machines that have no package of
 * the extension. Names, arguments and results are those of ext-rdkafka 6.0.
 * RDKAFKA_LIBRARY names the shared library. For tests only: one thread, and
 * callbacks only from poll, flush and consume, as in the extension.
 */

namespace RdKafka\Shim {
    const HEADER = <<<'C'
        typedef struct rd_kafka_s rd_kafka_t;
        typedef struct rd_kafka_topic_s rd_kafka_topic_t;
        typedef struct rd_kafka_conf_s rd_kafka_conf_t;
        typedef struct rd_kafka_headers_s rd_kafka_headers_t;
        typedef struct {
            int err; rd_kafka_topic_t *rkt; int32_t partition;
            char *payload; size_t len; char *key; size_t key_len;
            int64_t offset; void *_private;
        } rd_kafka_message_t;
        typedef struct {
            char *topic; int32_t partition; int64_t offset; void *metadata;
            size_t metadata_size; void *opaque; int err; void *_private;
        } rd_kafka_topic_partition_t;
        typedef struct { int cnt; int size; rd_kafka_topic_partition_t *elems; } rd_kafka_topic_partition_list_t;

        const char *rd_kafka_version_str(void);
        const char *rd_kafka_err2str(int err);
        const char *rd_kafka_err2name(int err);
        int rd_kafka_last_error(void);

        rd_kafka_conf_t *rd_kafka_conf_new(void);
        rd_kafka_conf_t *rd_kafka_conf_dup(const rd_kafka_conf_t *conf);
        void rd_kafka_conf_destroy(rd_kafka_conf_t *conf);
        int rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *errstr, size_t size);
        void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf, void (*cb)(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque));
        void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf, void (*cb)(rd_kafka_t *rk, int err, const char *reason, void *opaque));

        rd_kafka_t *rd_kafka_new(int type, rd_kafka_conf_t *conf, char *errstr, size_t size);
        void rd_kafka_destroy(rd_kafka_t *rk);
        rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *rk, const char *topic, void *conf);
        void rd_kafka_topic_destroy(rd_kafka_topic_t *rkt);
        const char *rd_kafka_topic_name(const rd_kafka_topic_t *rkt);
        int rd_kafka_poll(rd_kafka_t *rk, int timeout_ms);
        int rd_kafka_flush(rd_kafka_t *rk, int timeout_ms);
        int rd_kafka_purge(rd_kafka_t *rk, int flags);
        int rd_kafka_outq_len(rd_kafka_t *rk);
        int rd_kafka_producev(rd_kafka_t *rk, ...);
        int rd_kafka_query_watermark_offsets(rd_kafka_t *rk, const char *topic, int32_t partition, int64_t *low, int64_t *high, int timeout_ms);

        rd_kafka_headers_t *rd_kafka_headers_new(size_t count);
        void rd_kafka_headers_destroy(rd_kafka_headers_t *hdrs);
        int rd_kafka_header_add(rd_kafka_headers_t *hdrs, const char *name, ssize_t name_size, const char *value, ssize_t value_size);
        int rd_kafka_message_headers(const rd_kafka_message_t *m, rd_kafka_headers_t **hdrs);
        int rd_kafka_header_get_all(const rd_kafka_headers_t *hdrs, size_t idx, const char **name, const char **value, size_t *size);

        int rd_kafka_poll_set_consumer(rd_kafka_t *rk);
        rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *rk, int timeout_ms);
        int rd_kafka_consumer_close(rd_kafka_t *rk);
        void rd_kafka_message_destroy(rd_kafka_message_t *m);
        int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *m, int *type);
        int rd_kafka_subscribe(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *topics);
        int rd_kafka_unsubscribe(rd_kafka_t *rk);
        int rd_kafka_assignment(rd_kafka_t *rk, rd_kafka_topic_partition_list_t **list);
        int rd_kafka_commit(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *offsets, int async);
        int rd_kafka_committed(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, int timeout_ms);
        rd_kafka_topic_partition_list_t *rd_kafka_topic_partition_list_new(int size);
        void rd_kafka_topic_partition_list_destroy(rd_kafka_topic_partition_list_t *list);
        rd_kafka_topic_partition_t *rd_kafka_topic_partition_list_add(rd_kafka_topic_partition_list_t *list, const char *topic, int32_t partition);
        C;

    function lib(): \FFI
    {
        static $lib = null;
        if ($lib === null) {
            $path = getenv('RDKAFKA_LIBRARY');
            if ($path === false || $path === '') {
                throw new \RdKafka\Exception('RDKAFKA_LIBRARY does not name the librdkafka to load');
            }
            $lib = \FFI::cdef(HEADER, $path);
        }

        return $lib;
    }

    /** Throws unless $err is 0. */
    function check(int $err): void
    {
        if ($err !== 0) {
            throw new \RdKafka\Exception(lib()->rd_kafka_err2str($err), $err);
        }
    }

    /** The extension's message for a message of the library's, which is not destroyed. */
    function message(\FFI\CData $m): \RdKafka\Message
    {
        $out = new \RdKafka\Message;
        $out->err = $m->err;
        $out->partition = $m->partition;
        $out->offset = $m->offset;
        $out->topic_name = $m->rkt === null ? null : lib()->rd_kafka_topic_name($m->rkt);
        if ($m->payload !== null) {
            $out->payload = \FFI::string($m->payload, $m->len);
            $out->len = $m->len;
        }
        $out->key = $m->key === null ? null : \FFI::string($m->key, $m->key_len);
        $type = lib()->new('int');
        $out->timestamp = lib()->rd_kafka_message_timestamp($m, \FFI::addr($type));
        $out->headers = headers($m);

        return $out;
    }

    /** @return array<string, string> */
    function headers(\FFI\CData $m): array
    {
        $lib = lib();
        $list = $lib->new('rd_kafka_headers_t *');
        if ($lib->rd_kafka_message_headers($m, \FFI::addr($list)) !== 0) {
            return [];
        }
        $out = [];
        $name = $lib->new('const char *');
        $value = $lib->new('const char *');
        $size = $lib->new('size_t');
        for ($i = 0; $lib->rd_kafka_header_get_all($list, $i, \FFI::addr($name), \FFI::addr($value), \FFI::addr($size)) === 0; $i++) {
            $out[\FFI::string($name)] = \FFI::isNull($value) ? '' : \FFI::string($value, $size->cdata);
        }

        return $out;
    }

    /** @param list<\RdKafka\TopicPartition> $partitions */
    function partitions(array $partitions): \FFI\CData
    {
        $list = lib()->rd_kafka_topic_partition_list_new(count($partitions));
        foreach ($partitions as $p) {
            lib()->rd_kafka_topic_partition_list_add($list, $p->getTopic(), $p->getPartition())->offset = $p->getOffset();
        }

        return $list;
    }

    /** A client of the library; ends it when the object goes. */
    abstract class Client
    {
        protected \FFI\CData $client;

        private \RdKafka\Conf $conf; // holds the callbacks as long as the client lives

        protected function open(int $type, ?\RdKafka\Conf $conf): void
        {
            $this->conf = $conf ?? new \RdKafka\Conf;
            $message = lib()->new('char[512]');
            $client = lib()->rd_kafka_new($type, lib()->rd_kafka_conf_dup($this->conf->handle), $message, 512);
            if ($client === null) {
                throw new \RdKafka\Exception(\FFI::string($message));
            }
            $this->client = $client;
        }

        public function queryWatermarkOffsets(string $topic, int $partition, int &$low, int &$high, int $timeout_ms): void
        {
            $l = lib()->new('int64_t');
            $h = lib()->new('int64_t');
            check(lib()->rd_kafka_query_watermark_offsets($this->client, $topic, $partition, \FFI::addr($l), \FFI::addr($h), $timeout_ms));
            $low = $l->cdata;
            $high = $h->cdata;
        }
    }
}

namespace RdKafka {
    use function RdKafka\Shim\check;
    use function RdKafka\Shim\lib;
    use function RdKafka\Shim\message;
    use function RdKafka\Shim\partitions;

    class Exception extends \Exception {}

    class Conf
    {
        /** @internal */
        public \FFI\CData $handle;

        /** @var list<\Closure> */
        private array $callbacks = [];

        public function __construct()
        {
            $this->handle = lib()->rd_kafka_conf_new();
        }

        public function __destruct()
        {
            lib()->rd_kafka_conf_destroy($this->handle);
        }

        public function set(string $name, string $value): void
        {
            $message = lib()->new('char[512]');
            if (lib()->rd_kafka_conf_set($this->handle, $name, $value, $message, 512) !== 0) {
                throw new Exception(\FFI::string($message));
            }
        }

        public function setDrMsgCb(callable $callback): void
        {
            $this->callbacks[] = $c = static function ($client, $m) use ($callback): void {
                $callback(null, message($m));
            };
            lib()->rd_kafka_conf_set_dr_msg_cb($this->handle, $c);
        }

        public function setErrorCb(callable $callback): void
        {
            $this->callbacks[] = $c = static function ($client, $err, $reason) use ($callback): void {
                $callback(null, $err, $reason);
            };
            lib()->rd_kafka_conf_set_error_cb($this->handle, $c);
        }
    }

    class TopicPartition
    {
        public function __construct(private string $topic, private int $partition, private int $offset = 0) {}

        public function getTopic(): ?string
        {
            return $this->topic;
        }

        public function getPartition(): int
        {
            return $this->partition;
        }

        public function getOffset(): int
        {
            return $this->offset;
        }

        public function setOffset(int $offset): TopicPartition
        {
            $this->offset = $offset;

            return $this;
        }
    }

    class Message
    {
        public int $err = 0;

        public ?string $topic_name = null;

        public ?int $timestamp = null;

        public int $partition = -1;

        public ?string $payload = null;

        public ?int $len = null;

        public ?string $key = null;

        public int $offset = -1;

        /** @var array<string, string> */
        public array $headers = [];

        public function errstr(): ?string
        {
            return $this->payload !== null && $this->err !== 0 && $this->len === null ? $this->payload : rd_kafka_err2str($this->err);
        }
    }

    class ProducerTopic
    {
        /** @internal */
        public function __construct(private \FFI\CData $client, private string $name) {}

        public function getName(): string
        {
            return $this->name;
        }

        public function produce(int $partition, int $msgflags, ?string $payload = null, ?string $key = null): void
        {
            $this->producev($partition, $msgflags, $payload, $key);
        }

        /** @param ?array<string, string|int|float> $headers */
        public function producev(int $partition, int $msgflags, ?string $payload = null, ?string $key = null, ?array $headers = null, ?int $timestamp_ms = null): void
        {
            // Tags of rd_kafka_vtype_t, each followed by its arguments; 0 ends the list.
            $args = [1, $this->name, 3, $partition, 7, $msgflags | 0x2 /* copy */];
            if ($payload !== null) {
                array_push($args, 4, $payload, strlen($payload));
            }
            if ($key !== null) {
                array_push($args, 5, $key, strlen($key));
            }
            if ($timestamp_ms !== null) {
                array_push($args, 8, $timestamp_ms);
            }
            $list = null;
            if ($headers) {
                $list = lib()->rd_kafka_headers_new(count($headers));
                foreach ($headers as $name => $value) {
                    $value = (string) $value;
                    check(lib()->rd_kafka_header_add($list, (string) $name, -1, $value, strlen($value)));
                }
                array_push($args, 10, $list);
            }
            $args[] = 0;
            $err = lib()->rd_kafka_producev($this->client, ...$args);
            if ($err !== 0 && $list !== null) {
                lib()->rd_kafka_headers_destroy($list); // else they are the library's
            }
            check($err);
        }
    }

    class Producer extends Shim\Client
    {
        public function __construct(?Conf $conf = null)
        {
            $this->open(0, $conf);
        }

        public function __destruct()
        {
            if (isset($this->client)) {
                // As the extension does: what was not flushed is lost, and ending does not wait for it.
                lib()->rd_kafka_purge($this->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
                lib()->rd_kafka_destroy($this->client);
            }
        }

        public function newTopic(string $topic_name): ProducerTopic
        {
            return new ProducerTopic($this->client, $topic_name);
        }

        public function poll(int $timeout_ms): int
        {
            return lib()->rd_kafka_poll($this->client, $timeout_ms);
        }

        public function flush(int $timeout_ms): int
        {
            return lib()->rd_kafka_flush($this->client, $timeout_ms);
        }

        public function purge(int $purge_flags): int
        {
            return lib()->rd_kafka_purge($this->client, $purge_flags);
        }

        public function getOutQLen(): int
        {
            return lib()->rd_kafka_outq_len($this->client);
        }
    }

    class KafkaConsumer extends Shim\Client
    {
        private bool $closed = false;

        public function __construct(Conf $conf)
        {
            $this->open(1, $conf);
            check(lib()->rd_kafka_poll_set_consumer($this->client));
        }

        public function __destruct()
        {
            if (isset($this->client)) {
                $this->close();
                lib()->rd_kafka_destroy($this->client);
            }
        }

        public function close(): void
        {
            if (! $this->closed) {
                $this->closed = true;
                lib()->rd_kafka_consumer_close($this->client);
            }
        }

        /** @param list<string> $topics */
        public function subscribe(array $topics): void
        {
            $list = partitions(array_map(fn (string $t) => new TopicPartition($t, RD_KAFKA_PARTITION_UA, -1001), $topics));
            try {
                check(lib()->rd_kafka_subscribe($this->client, $list));
            } finally {
                lib()->rd_kafka_topic_partition_list_destroy($list);
            }
        }

        public function unsubscribe(): void
        {
            check(lib()->rd_kafka_unsubscribe($this->client));
        }

        public function consume(int $timeout_ms): Message
        {
            $m = lib()->rd_kafka_consumer_poll($this->client, $timeout_ms);
            if ($m === null) {
                $out = new Message;
                $out->err = RD_KAFKA_RESP_ERR__TIMED_OUT;

                return $out;
            }
            $out = message($m);
            lib()->rd_kafka_message_destroy($m);

            return $out;
        }

        /** @param Message|list<TopicPartition>|null $message_or_offsets */
        public function commit(Message|array|null $message_or_offsets = null): void
        {
            $this->commitOffsets($message_or_offsets, 0);
        }

        /** @param Message|list<TopicPartition>|null $message_or_offsets */
        public function commitAsync(Message|array|null $message_or_offsets = null): void
        {
            $this->commitOffsets($message_or_offsets, 1);
        }

        /** @param Message|list<TopicPartition>|null $what */
        private function commitOffsets(Message|array|null $what, int $async): void
        {
            if ($what === null) {
                check(lib()->rd_kafka_commit($this->client, null, $async));

                return;
            }
            if ($what instanceof Message) {
                $what = [new TopicPartition($what->topic_name, $what->partition, $what->offset + 1)];
            }
            $list = partitions($what);
            try {
                check(lib()->rd_kafka_commit($this->client, $list, $async));
            } finally {
                lib()->rd_kafka_topic_partition_list_destroy($list);
            }
        }

        /** @return list<TopicPartition> */
        public function getAssignment(): array
        {
            $list = lib()->new('rd_kafka_topic_partition_list_t *');
            check(lib()->rd_kafka_assignment($this->client, \FFI::addr($list)));
            $out = [];
            for ($i = 0; $i < $list->cnt; $i++) {
                $e = $list->elems[$i];
                $out[] = new TopicPartition(\FFI::string($e->topic), $e->partition, $e->offset);
            }
            lib()->rd_kafka_topic_partition_list_destroy($list);

            return $out;
        }
    }
}

namespace {
    const RD_KAFKA_PARTITION_UA = -1;
    const RD_KAFKA_MSG_F_BLOCK = 0x4;
    const RD_KAFKA_PURGE_F_QUEUE = 0x1;
    const RD_KAFKA_PURGE_F_INFLIGHT = 0x2;
    const RD_KAFKA_RESP_ERR_NO_ERROR = 0;
    const RD_KAFKA_RESP_ERR__TIMED_OUT = -185;
    const RD_KAFKA_RESP_ERR__QUEUE_FULL = -184;
    const RD_KAFKA_RESP_ERR__PARTITION_EOF = -191;
    const RD_KAFKA_RESP_ERR__MSG_TIMED_OUT = -192;
    const RD_KAFKA_RESP_ERR__NO_OFFSET = -168;
    const RD_KAFKA_RESP_ERR__AUTHENTICATION = -169;
    const RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE = 10;
    const RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART = 3;
    const RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED = 29;

    function rd_kafka_err2str(int $err): ?string
    {
        return \RdKafka\Shim\lib()->rd_kafka_err2str($err);
    }

    function rd_kafka_err2name(int $err): ?string
    {
        return \RdKafka\Shim\lib()->rd_kafka_err2name($err);
    }
}
