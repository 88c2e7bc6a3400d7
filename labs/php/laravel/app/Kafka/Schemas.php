<?php

declare(strict_types=1);

namespace App\Kafka;

use AvroSchema;
use FlixTech\AvroSerializer\Objects\RecordSerializer;
use FlixTech\SchemaRegistryApi\Registry;
use Junges\Kafka\Message\Deserializers\AvroDeserializer;
use Junges\Kafka\Message\KafkaAvroSchema;
use Junges\Kafka\Message\Registry\AvroSchemaRegistry;
use Junges\Kafka\Message\Serializers\AvroSerializer;

/**
 * Serializers and deserializers for topics, by the schemas in resources/avro.
 *
 * The schema is the one that this code was written for, not the registry's latest:
 * a version that somebody registers tomorrow changes nothing here.
 */
final class Schemas
{
    public function __construct(private readonly Registry $registry, private readonly RecordSerializer $records) {}

    /** @param array<string, string> $files file of the schema by topic: ['orders' => 'order.avsc'] */
    public function serializer(array $files): AvroSerializer
    {
        return new AvroSerializer($this->mapping($files), $this->records);
    }

    /**
     * The schema given is the reader's; what wrote a record, its id says.
     *
     * @param  array<string, string>  $files
     */
    public function deserializer(array $files): AvroDeserializer
    {
        return new AvroDeserializer($this->mapping($files), $this->records);
    }

    /** @param array<string, string> $files */
    private function mapping(array $files): AvroSchemaRegistry
    {
        $mapping = new AvroSchemaRegistry($this->registry);
        foreach ($files as $topic => $file) {
            $topic = Connection::name($topic);
            $schema = AvroSchema::parse((string) file_get_contents(resource_path("avro/$file")));
            $mapping->addBodySchemaMappingForTopic($topic, new KafkaAvroSchema("$topic-value", definition: $schema));
        }

        return $mapping;
    }
}
