/**
 * Compares a template with AWS's own specification of CloudFormation's resource types, also where a
 * rule of the CDK is acknowledged. It finds what would otherwise fail during a deployment.
 */
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { PropertyType, ResourceProperties, SpecDatabase } from '@aws-cdk/service-spec-types';

type Values = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
}

let loading: Promise<SpecDatabase> | undefined;

/** Returns a description of each difference, such as `Queue.Colour: unknown property`. */
export async function specProblems(resources: Readonly<Record<string, Resource>>): Promise<string[]> {
  const spec = await (loading ??= loadAwsServiceSpec());
  return Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => {
    // A function of the deployment defines all properties of a custom resource but this one.
    if (Type.startsWith('Custom::')) return missing({ ServiceToken: true }, Properties as Values, id);
    const [resource] = spec.lookup('resource', 'cloudFormationType', 'equals', Type);
    if (!resource) return [`${id}: unknown type ${Type}`];
    return objectProblems(spec, resource.properties, Properties, id);
  });
}

function objectProblems(spec: SpecDatabase, known: ResourceProperties, value: unknown, path: string) {
  if (!isObject(value)) return [`${path}: not an object`];
  const required = Object.fromEntries(
    Object.entries(known).map(([name, property]) => [name, property.required ?? false]),
  );
  const problems = Object.entries(value).flatMap(([name, one]) => {
    const property = known[name];
    if (!property) return [`${path}.${name}: unknown property`];
    const types = [property.type, ...(property.previousTypes ?? [])];
    return unionProblems(spec, types, one, `${path}.${name}`);
  });
  return [...missing(required, value, path), ...problems];
}

const missing = (required: Readonly<Record<string, boolean>>, value: Values, path: string): string[] =>
  Object.entries(required)
    .filter(([name, isRequired]) => isRequired && !Object.hasOwn(value, name))
    .map(([name]) => `${path}.${name}: missing`);

/** Returns the problems of the type that fits best. */
function unionProblems(spec: SpecDatabase, types: readonly PropertyType[], value: unknown, path: string) {
  const [fewest = []] = types
    .map((type) => valueProblems(spec, type, value, path))
    .toSorted((one, other) => one.length - other.length);
  return fewest;
}

function valueProblems(spec: SpecDatabase, type: PropertyType, value: unknown, path: string): string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'ref':
      return objectProblems(spec, spec.get('typeDefinition', type.reference).properties, value, path);
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((one, index) => valueProblems(spec, type.element, one, `${path}[${index}]`))
        : [`${path}: not a list`];
    case 'map':
      return isObject(value)
        ? Object.entries(value).flatMap(([key, one]) =>
            valueProblems(spec, type.element, one, `${path}.${key}`),
          )
        : [`${path}: not a map`];
    case 'union':
      return unionProblems(spec, type.types, value, path);
    case 'tag':
      return isObject(value) ? missing({ Key: true, Value: true }, value, path) : [`${path}: not a tag`];
    case 'json':
      return [];
    default:
      return typeof value === 'object' ? [`${path}: not a ${type.type}`] : [];
  }
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** CloudFormation computes these values during the deployment. */
function isIntrinsic(value: unknown): boolean {
  const [key, ...others] = isObject(value) ? Object.keys(value) : [];
  return key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
