// Moves each vertex with its bones, once per pose; the drawing passes read what is captured here.

#ifdef VERTEX

// One row per bone: the three rows of its skin matrix, and its rotation as a quaternion (xyzw).
uniform sampler2D bone_texture;

in vec3 position;
in vec3 normal;
in ivec4 bones;
in vec4 weights;

out vec3 skinned_position;
out vec3 skinned_normal;

struct Rows { vec4 x, y, z; };

Rows rows_of(int bone) {
    return Rows(texelFetch(bone_texture, ivec2(0, bone), 0),
                texelFetch(bone_texture, ivec2(1, bone), 0),
                texelFetch(bone_texture, ivec2(2, bone), 0));
}

vec3 transform(Rows m, vec4 p) { return vec3(dot(m.x, p), dot(m.y, p), dot(m.z, p)); }

#ifdef QUATERNIONS

in int deform;
in vec3 sdef_c;
in vec3 sdef_r0;
in vec3 sdef_r1;

const int SDEF = 3, QDEF = 4;

vec4 rotation_of(int bone) { return texelFetch(bone_texture, ivec2(3, bone), 0); }

vec3 rotate(vec4 q, vec3 v) { return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v); }

vec4 slerp(vec4 p, vec4 q, float t) {
    float cosine = dot(p, q);
    if (cosine < 0.0) { q = -q; cosine = -cosine; }
    if (cosine > 0.9999) return normalize(mix(p, q, t));
    float angle = acos(cosine);
    return (sin((1.0 - t) * angle) * p + sin(t * angle) * q) / sin(angle);
}

// Spherical deform: turns about C, which itself moves with both bones.
void skin_sdef() {
    vec3 r0 = sdef_r0, r1 = sdef_r1, middle = weights.x * r0 + weights.y * r1;
    vec3 c0 = sdef_c + 0.5 * (r0 - middle), c1 = sdef_c + 0.5 * (r1 - middle);
    vec4 turn = slerp(rotation_of(bones.x), rotation_of(bones.y), weights.y);
    skinned_position = rotate(turn, position - sdef_c)
        + weights.x * transform(rows_of(bones.x), vec4(c0, 1.0))
        + weights.y * transform(rows_of(bones.y), vec4(c1, 1.0));
    skinned_normal = rotate(turn, normal);
}

vec4 product(vec4 p, vec4 q) {
    return vec4(p.w * q.xyz + q.w * p.xyz + cross(p.xyz, q.xyz), p.w * q.w - dot(p.xyz, q.xyz));
}

// Dual quaternion blending.
void skin_qdef() {
    vec4 first = rotation_of(bones.x), real = vec4(0.0), dual = vec4(0.0);
    for (int i = 0; i < 4; i++) {
        Rows rows = rows_of(bones[i]);
        vec4 q = rotation_of(bones[i]);
        float weight = dot(q, first) < 0.0 ? -weights[i] : weights[i];
        real += weight * q;
        dual += weight * 0.5 * product(vec4(rows.x.w, rows.y.w, rows.z.w, 0.0), q);
    }
    float size = length(real);
    real /= size;
    dual /= size;
    vec4 conjugate = vec4(-real.xyz, real.w);
    skinned_position = rotate(real, position) + 2.0 * product(dual, conjugate).xyz;
    skinned_normal = rotate(real, normal);
}

#endif

void skin_linear() {
    Rows blend = Rows(vec4(0.0), vec4(0.0), vec4(0.0));
    for (int i = 0; i < 4; i++) {
        Rows rows = rows_of(bones[i]);
        blend.x += weights[i] * rows.x;
        blend.y += weights[i] * rows.y;
        blend.z += weights[i] * rows.z;
    }
    skinned_position = transform(blend, vec4(position, 1.0));
    skinned_normal = transform(blend, vec4(normal, 0.0));
}

void main() {
    skin_linear();
#ifdef QUATERNIONS
    if (deform == SDEF) skin_sdef();
    if (deform == QDEF) skin_qdef();
#endif
}

#endif
