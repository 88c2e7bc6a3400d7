<?php

declare(strict_types=1);

/*
 * Avro in one file, small enough to be read: schemas, encoding, decoding and
 * reading by another schema. It knows what the labs use. In your own projects
 * take avro-serde-php, which knows everything.
 */

namespace Lab;

final class AvroError extends \RuntimeException {}

final class Schema
{
    private const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];

    /** @param array<string, array<string, mixed>> $named definitions by full name */
    private function __construct(private readonly mixed $type, private readonly array $named) {}

    public static function parse(string $json): self
    {
        $named = [];
        try {
            $type = json_decode($json, true, 64, JSON_THROW_ON_ERROR);
        } catch (\JsonException $e) {
            throw new AvroError('the schema is no JSON: '.$e->getMessage(), previous: $e);
        }

        return new self(self::collect($type, '', $named), $named);
    }

    public function encode(mixed $value): string
    {
        return $this->write($this->type, $value, '$');
    }

    /** Reads what was written with this schema; with a reader's schema, as that one wants it. */
    public function decode(string $bytes, ?self $reader = null): mixed
    {
        $at = 0;
        $value = $this->read($this->type, $bytes, $at, '$');
        if ($at !== strlen($bytes)) {
            throw new AvroError('there are '.(strlen($bytes) - $at).' bytes after the record');
        }

        return $reader === null ? $value : $this->resolve($this->type, $reader, $reader->type, $value, '$');
    }

    /**
     * Puts full names into a schema and notes what they mean.
     *
     * @param  array<string, array<string, mixed>>  $named
     */
    private static function collect(mixed $type, string $space, array &$named): mixed
    {
        if (is_string($type)) {
            return in_array($type, self::PRIMITIVES, true) || str_contains($type, '.') || $space === '' ? $type : "$space.$type";
        }
        if (! is_array($type)) {
            throw new AvroError('a type must be a name, a list or an object');
        }
        if (array_is_list($type)) {
            return array_map(function (mixed $branch) use ($space, &$named) {
                return self::collect($branch, $space, $named);
            }, $type);
        }
        switch ($type['type'] ?? null) {
            case 'record':
            case 'enum':
            case 'fixed':
                $name = $type['name'];
                $space = str_contains($name, '.') ? substr($name, 0, (int) strrpos($name, '.')) : ($type['namespace'] ?? $space);
                $full = str_contains($name, '.') || $space === '' ? $name : "$space.$name";
                $named[$full] = $type; // before its fields: a record may hold itself
                foreach ($type['fields'] ?? [] as $i => $field) {
                    $type['fields'][$i]['type'] = self::collect($field['type'], $space, $named);
                }
                $named[$full] = $type;

                return $full;
            case 'array':
                $type['items'] = self::collect($type['items'], $space, $named);

                return $type;
            case 'map':
                $type['values'] = self::collect($type['values'], $space, $named);

                return $type;
        }
        if (isset($type['type']) && ! is_string($type['type'])) {
            return self::collect($type['type'], $space, $named);
        }

        return $type; // a primitive with attributes, such as a logical type
    }

    /**
     * The definition of a type: what its name stands for.
     *
     * @return array<string, mixed>
     */
    private function definition(mixed $type): array
    {
        if (is_string($type)) {
            if (in_array($type, self::PRIMITIVES, true)) {
                return ['type' => $type];
            }

            return $this->named[$type] ?? throw new AvroError("unknown type $type");
        }

        return array_is_list($type) ? ['type' => 'union', 'branches' => $type] : $type;
    }

    private function write(mixed $type, mixed $value, string $path): string
    {
        $d = $this->definition($type);
        if (! self::fits($d, $value)) {
            throw new AvroError("$path: ".get_debug_type($value)." is no {$d['type']}");
        }
        switch ($d['type']) {
            case 'null':
                return '';
            case 'boolean':
                return $value ? "\1" : "\0";
            case 'int':
            case 'long':
                return self::varint($value);
            case 'float':
                return pack('g', $value);
            case 'double':
                return pack('e', $value);
            case 'bytes':
                if (($d['logicalType'] ?? '') === 'decimal') {
                    $value = self::unscaled((string) $value, $d['scale'] ?? 0, $path);
                }
                // no break: both are a length and bytes
            case 'string':
                return self::varint(strlen($value)).$value;
            case 'fixed':
                return $value;
            case 'enum':
                $i = array_search($value, $d['symbols'], true);

                return $i === false ? throw new AvroError("$path: $value is none of ".implode(', ', $d['symbols'])) : self::varint($i);
            case 'union':
                foreach ($d['branches'] as $i => $branch) {
                    if (self::fits($this->definition($branch), $value)) {
                        return self::varint($i).$this->write($branch, $value, $path);
                    }
                }
                throw new AvroError("$path: ".get_debug_type($value).' fits no branch of the union');
            case 'record':
                $out = '';
                foreach ($d['fields'] as $field) {
                    $name = $field['name'];
                    if (! array_key_exists($name, $value)) {
                        throw new AvroError("$path.$name is missing; a default is for readers, not for writers");
                    }
                    $out .= $this->write($field['type'], $value[$name], "$path.$name");
                }

                return $out;
            case 'array':
            case 'map':
                $out = $value === [] ? '' : self::varint(count($value));
                foreach ($value as $key => $item) {
                    $out .= $d['type'] === 'map' ? self::varint(strlen((string) $key)).$key : '';
                    $out .= $this->write($d['items'] ?? $d['values'], $item, $path."[$key]");
                }

                return $out."\0";
        }
        throw new AvroError("$path: unknown type {$d['type']}");
    }

    /** @param array<string, mixed> $d */
    private static function fits(array $d, mixed $value): bool
    {
        return match ($d['type']) {
            'null' => $value === null,
            'boolean' => is_bool($value),
            'int' => is_int($value) && $value >= -2147483648 && $value <= 2147483647,
            'long' => is_int($value),
            'float', 'double' => is_float($value) || is_int($value),
            'bytes', 'string', 'enum' => is_string($value),
            'fixed' => is_string($value) && strlen($value) === $d['size'],
            'array' => is_array($value) && array_is_list($value),
            'map', 'record' => is_array($value) && ($value === [] || ! array_is_list($value)),
            default => true,
        };
    }

    private function read(mixed $type, string $bytes, int &$at, string $path): mixed
    {
        $d = $this->definition($type);
        switch ($d['type']) {
            case 'null':
                return null;
            case 'boolean':
                return self::take($bytes, $at, 1, $path) !== "\0";
            case 'int':
            case 'long':
                return self::readVarint($bytes, $at, $path);
            case 'float':
                return unpack('g', self::take($bytes, $at, 4, $path))[1];
            case 'double':
                return unpack('e', self::take($bytes, $at, 8, $path))[1];
            case 'bytes':
            case 'string':
                $raw = self::take($bytes, $at, self::readVarint($bytes, $at, $path), $path);

                return ($d['logicalType'] ?? '') === 'decimal' ? self::scaled($raw, $d['scale'] ?? 0) : $raw;
            case 'fixed':
                return self::take($bytes, $at, $d['size'], $path);
            case 'enum':
                return $d['symbols'][self::readVarint($bytes, $at, $path)] ?? throw new AvroError("$path: no such symbol");
            case 'union':
                $branch = $d['branches'][self::readVarint($bytes, $at, $path)] ?? throw new AvroError("$path: no such branch of the union");

                return $this->read($branch, $bytes, $at, $path);
            case 'record':
                $out = [];
                foreach ($d['fields'] as $field) {
                    $out[$field['name']] = $this->read($field['type'], $bytes, $at, $path.'.'.$field['name']);
                }

                return $out;
            case 'array':
            case 'map':
                $out = [];
                while (($count = self::readVarint($bytes, $at, $path)) !== 0) {
                    if ($count < 0) { // then the block's size in bytes follows
                        $count = -$count;
                        self::readVarint($bytes, $at, $path);
                    }
                    if ($count > strlen($bytes)) {
                        throw new AvroError("$path: more items than bytes");
                    }
                    while ($count-- > 0) {
                        if ($d['type'] === 'map') {
                            $key = self::take($bytes, $at, self::readVarint($bytes, $at, $path), $path);
                            $out[$key] = $this->read($d['values'], $bytes, $at, $path."[$key]");
                        } else {
                            $out[] = $this->read($d['items'], $bytes, $at, $path.'[]');
                        }
                    }
                }

                return $out;
        }
        throw new AvroError("$path: unknown type {$d['type']}");
    }

    /** Gives a reader what it asks for: fields by name, the rest from its defaults. */
    private function resolve(mixed $written, self $reader, mixed $wanted, mixed $value, string $path): mixed
    {
        $from = $this->definition($written);
        $to = $reader->definition($wanted);
        if ($to['type'] === 'union' || $from['type'] === 'union') {
            $branches = $to['type'] === 'union' ? $to['branches'] : [$wanted];
            foreach ($branches as $branch) {
                if (self::fits($reader->definition($branch), $value)) {
                    return $value;
                }
            }
            throw new AvroError("$path: ".get_debug_type($value).' fits nothing that the reader knows');
        }
        if ($to['type'] !== $from['type'] && ! in_array($to['type'], match ($from['type']) {
            'int' => ['long', 'float', 'double'],
            'long' => ['float', 'double'],
            'float' => ['double'],
            'string' => ['bytes'],
            'bytes' => ['string'],
            default => [],
        }, true)) {
            throw new AvroError("$path: written as {$from['type']}, the reader wants {$to['type']}");
        }
        if ($to['type'] !== 'record') {
            return $value;
        }
        $types = array_column($from['fields'], 'type', 'name');
        $out = [];
        foreach ($to['fields'] as $field) {
            $name = $field['name'];
            foreach ([$name, ...($field['aliases'] ?? [])] as $known) {
                if (array_key_exists($known, $types)) {
                    $out[$name] = $this->resolve($types[$known], $reader, $field['type'], $value[$known], "$path.$name");

                    continue 2;
                }
            }
            $out[$name] = array_key_exists('default', $field) ? $field['default'] : throw new AvroError("$path.$name was not written, and the reader has no default for it");
        }

        return $out;
    }

    private static function varint(int $n): string
    {
        $n = ($n << 1) ^ ($n >> 63); // zigzag: small numbers of both signs stay small
        $out = '';
        while (($n & ~0x7F) !== 0) {
            $out .= chr(($n & 0x7F) | 0x80);
            $n = ($n >> 7) & 0x01FFFFFFFFFFFFFF; // PHP's shift keeps the sign: drop it
        }

        return $out.chr($n);
    }

    private static function readVarint(string $bytes, int &$at, string $path): int
    {
        $n = 0;
        for ($shift = 0; $shift < 70; $shift += 7) {
            $byte = ord(self::take($bytes, $at, 1, $path));
            $n |= ($byte & 0x7F) << $shift;
            if ($byte < 0x80) {
                return (($n >> 1) & PHP_INT_MAX) ^ -($n & 1);
            }
        }
        throw new AvroError("$path: a number of more than 64 bits");
    }

    private static function take(string $bytes, int &$at, int $size, string $path): string
    {
        if ($size < 0 || $size > strlen($bytes) - $at) {
            throw new AvroError("$path: the record ends too early");
        }
        $at += $size;

        return substr($bytes, $at - $size, $size);
    }

    /** The bytes of a decimal such as "54.90": its digits as a big-endian two's complement number. */
    private static function unscaled(string $decimal, int $scale, string $path): string
    {
        if (! preg_match('/^(-?)(\d+)(?:\.(\d+))?$/', $decimal, $m) || strlen($m[3] ?? '') > $scale || strlen($m[2]) + $scale > 18) {
            throw new AvroError("$path: $decimal is no decimal of scale $scale that fits here");
        }
        $bytes = pack('J', (int) ($m[1].$m[2].str_pad($m[3] ?? '', $scale, '0')));
        while (strlen($bytes) > 1 && ($bytes[0] === "\0" && ord($bytes[1]) < 0x80 || $bytes[0] === "\xFF" && ord($bytes[1]) >= 0x80)) {
            $bytes = substr($bytes, 1);
        }

        return $bytes;
    }

    private static function scaled(string $bytes, int $scale): string
    {
        if (strlen($bytes) > 8) {
            throw new AvroError('a decimal of more than 64 bits');
        }
        $n = $bytes === '' ? 0 : unpack('J', str_pad($bytes, 8, ord($bytes[0]) < 0x80 ? "\0" : "\xFF", STR_PAD_LEFT))[1];
        $digits = str_pad((string) abs($n), $scale + 1, '0', STR_PAD_LEFT);

        return ($n < 0 ? '-' : '').substr($digits, 0, strlen($digits) - $scale).($scale > 0 ? '.'.substr($digits, -$scale) : '');
    }
}
