<?php

declare(strict_types=1);

/*
 * What every script of a lab needs: the values of .env, the names of topics and
 * groups, and how to connect. Nothing is hidden here that you could not write
 * into your own project.
 */

namespace Lab;

use RdKafka\Conf;

require_once __DIR__.'/avro.php';
require_once __DIR__.'/registry.php';

/** A value of the environment or of .env; without a default it must be there. */
function env(string $name, ?string $default = null): string
{
    static $file = null;
    $file ??= readEnv(dirname(__DIR__).'/.env');
    $value = getenv($name);
    $value = $value !== false ? $value : ($file[$name] ?? $default);
    if ($value === null) {
        throw new \RuntimeException("$name is not set: it belongs into .env");
    }

    return $value;
}

/**
 * KEY=value lines, bare or in quotes.
 *
 * @return array<string, string>
 */
function readEnv(string $path): array
{
    $out = [];
    foreach (is_file($path) ? file($path, FILE_IGNORE_NEW_LINES) : [] as $line) {
        if (! preg_match('/^\s*([A-Za-z_]\w*)=(.*)$/', $line, $m)) {
            continue;
        }
        $value = trim($m[2]);
        $out[$m[1]] = match (true) {
            str_starts_with($value, "'") => trim($value, "'"),
            str_starts_with($value, '"') => strtr(substr($value, 1, -1), ['\\\\' => '\\', '\"' => '"', '\$' => '$', '\n' => "\n", '\r' => "\r"]),
            default => $value,
        };
    }

    return $out;
}

/** The full name of one of the lab's topics, groups or subjects: name('orders'). */
function name(string $short): string
{
    return env('LAB_PREFIX').$short;
}

/**
 * How to reach and trust the cluster, and how to sign in.
 *
 * @return array<string, string>
 */
function connection(): array
{
    return array_filter([
        'bootstrap.servers' => env('KAFKA_BROKERS'),
        'security.protocol' => env('KAFKA_SECURITY_PROTOCOL', 'PLAINTEXT'),
        'sasl.mechanisms' => env('KAFKA_SASL_MECHANISM', ''),
        'sasl.username' => env('KAFKA_SASL_USERNAME', ''),
        'sasl.password' => env('KAFKA_SASL_PASSWORD', ''),
        'ssl.ca.location' => env('KAFKA_SSL_CA', ''),
        'ssl.certificate.location' => env('KAFKA_SSL_CERT', ''),
        'ssl.key.location' => env('KAFKA_SSL_KEY', ''),
    ], fn (string $value) => $value !== '');
}

/**
 * A configuration that connects, with more settings on top.
 *
 * @param  array<string, string>  $more
 */
function conf(array $more = []): Conf
{
    $conf = new Conf;
    foreach (array_merge(connection(), $more) as $name => $value) {
        $conf->set($name, $value);
    }
    // Without this, name resolution, TLS and sign-in failures show as time-outs only.
    $conf->setErrorCb(function ($client, int $err, string $reason): void {
        fwrite(STDERR, 'kafka: '.rd_kafka_err2str($err).": $reason\n");
    });

    return $conf;
}

/** True until SIGINT or SIGTERM: while (running()) { … } leaves the loop and can close. */
function running(): bool
{
    static $running = null;
    if ($running === null) {
        $running = true;
        if (function_exists('pcntl_async_signals')) {
            pcntl_async_signals(true);
            foreach ([SIGINT, SIGTERM] as $signal) {
                pcntl_signal($signal, function () use (&$running): void {
                    $running = false;
                });
            }
        }
    }

    return $running;
}
