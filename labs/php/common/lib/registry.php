<?php

declare(strict_types=1);

/*
 * A schema registry's HTTP API, as far as the labs need it, with the answers
 * cached: a schema never changes under its id. In your own projects take
 * FlixTech\SchemaRegistryApi, which does the same and more.
 */

namespace Lab;

/** The registry refused; the code is its error_code: 42201, 409, 40401 … */
final class RegistryError extends \RuntimeException {}

final class Registry
{
    /** @var array<int, Schema> */
    private array $byId = [];

    /** @var array<string, int> */
    private array $ids = [];

    public function __construct(
        private readonly string $url,
        private readonly string $ca = '',
        private readonly string $username = '',
        private readonly string $password = '',
    ) {}

    public static function fromEnv(): self
    {
        return new self(
            rtrim(env('SCHEMA_REGISTRY_URL'), '/'),
            env('SCHEMA_REGISTRY_CA', ''),
            env('SCHEMA_REGISTRY_USERNAME', ''),
            env('SCHEMA_REGISTRY_PASSWORD', ''),
        );
    }

    /** Registers a schema under a subject; again is harmless. Returns its id. */
    public function register(string $subject, string $schema): int
    {
        return $this->ids[$subject."\0".$schema] ??= (int) $this->request('POST', '/subjects/'.rawurlencode($subject).'/versions', ['schema' => $schema])['id'];
    }

    /** The schema that has an id: what a record with that id was written with. */
    public function schema(int $id): Schema
    {
        return $this->byId[$id] ??= Schema::parse($this->request('GET', "/schemas/ids/$id")['schema']);
    }

    /**
     * Asks whether the subject would take the schema, without registering it.
     *
     * @return list<string> why not; empty: it would
     */
    public function objections(string $subject, string $schema): array
    {
        $answer = $this->request('POST', '/compatibility/subjects/'.rawurlencode($subject).'/versions/latest?verbose=true', ['schema' => $schema]);

        return $answer['is_compatible'] ? [] : ($answer['messages'] ?? ['not compatible']);
    }

    /** A value in the wire format: magic byte 0, the id in 4 bytes, Avro. */
    public function encode(string $subject, string $schema, mixed $value): string
    {
        $id = $this->register($subject, $schema);
        $this->byId[$id] ??= Schema::parse($schema);

        return "\0".pack('N', $id).$this->byId[$id]->encode($value);
    }

    /** What a value in the wire format says, read with the schema that wrote it or by a reader's. */
    public function decode(string $bytes, ?Schema $reader = null): mixed
    {
        if (strlen($bytes) < 5 || $bytes[0] !== "\0") {
            throw new AvroError('unknown magic byte: the value does not begin with 0 and a schema id');
        }
        $writer = $this->schema(unpack('N', $bytes, 1)[1]);

        return $writer->decode(substr($bytes, 5), $reader);
    }

    /**
     * @param  ?array<string, mixed>  $body
     * @return array<string, mixed>
     */
    private function request(string $method, string $path, ?array $body = null): array
    {
        $headers = ['Accept: application/vnd.schemaregistry.v1+json', 'Connection: close'];
        if ($body !== null) {
            $headers[] = 'Content-Type: application/vnd.schemaregistry.v1+json';
        }
        if ($this->username !== '') {
            $headers[] = 'Authorization: Basic '.base64_encode("$this->username:$this->password");
        }
        $context = stream_context_create([
            'http' => [
                'method' => $method, 'header' => $headers, 'timeout' => 10, 'ignore_errors' => true,
                'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES),
            ],
            'ssl' => array_filter(['cafile' => $this->ca]) + ['verify_peer' => true, 'verify_peer_name' => true],
        ]);
        $text = @file_get_contents($this->url.$path, false, $context);
        if ($text === false) {
            throw new RegistryError("the registry at $this->url does not answer: ".(error_get_last()['message'] ?? 'no reason given'));
        }
        $answer = json_decode($text, true);
        if (! is_array($answer)) {
            throw new RegistryError("the registry at $this->url does not answer in JSON: is it the right URL?");
        }
        if (isset($answer['error_code'])) {
            throw new RegistryError("the registry refuses: {$answer['message']}", (int) $answer['error_code']);
        }

        return $answer;
    }
}
