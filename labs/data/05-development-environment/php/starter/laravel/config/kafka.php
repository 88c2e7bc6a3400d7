<?php

declare(strict_types=1);

return [
    /*
     * What laravel-kafka reads.
     */
    'brokers' => env('KAFKA_BROKERS', '127.0.0.1:9092'),
    'securityProtocol' => env('KAFKA_SECURITY_PROTOCOL', 'PLAINTEXT'),
    'sasl' => [
        // TODO: .env calls it KAFKA_SASL_MECHANISM; what stands here is no SASL mechanism.
        'mechanisms' => env('KAFKA_MECHANISMS', 'PLAINTEXT'),
        'username' => env('KAFKA_SASL_USERNAME'),
        'password' => env('KAFKA_SASL_PASSWORD'),
    ],
    'consumer_group_id' => env('KAFKA_CONSUMER_GROUP_ID', env('LAB_PREFIX', '').'laravel'),
    'consumer_timeout_ms' => 2000,
    // TODO: with this a new group sees only what comes from now on.
    'offset_reset' => env('KAFKA_OFFSET_RESET', 'latest'),
    'auto_commit' => (bool) env('KAFKA_AUTO_COMMIT', false),
    'sleep_on_error' => 5,
    'partition' => 0,
    'compression' => env('KAFKA_COMPRESSION_TYPE', 'zstd'),
    'debug' => (bool) env('KAFKA_DEBUG', false),
    'flush_retry_sleep_in_ms' => 100,
    'flush_retries' => 10,
    'flush_timeout_in_ms' => 1000,
    // Consumers look here whether they shall restart; a file cache needs no table.
    'cache_driver' => env('KAFKA_CACHE_DRIVER', 'file'),
    'message_id_key' => 'laravel-kafka::message-id',

    /*
     * Ours: trust, time limits, the registry, and the names of the lab.
     */
    // TODO: the CA file that .env names (KAFKA_SSL_CA).
    'ca' => null,
    // TODO: five minutes is too long to wait for an error.
    'message_timeout_ms' => 300_000,
    'prefix' => env('LAB_PREFIX', ''),
    'registry' => [
        'url' => env('SCHEMA_REGISTRY_URL', 'http://127.0.0.1:8081'),
        'ca' => env('SCHEMA_REGISTRY_CA'),
        'username' => env('SCHEMA_REGISTRY_USERNAME'),
        'password' => env('SCHEMA_REGISTRY_PASSWORD'),
        // In production schemas are registered by the deployment, not by programs.
        'register' => (bool) env('SCHEMA_REGISTRY_REGISTER', true),
    ],
];
